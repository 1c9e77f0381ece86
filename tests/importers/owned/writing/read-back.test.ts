import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OwnedType } from '../../../../domain/ownership/index.ts';
import { sameIn } from '../../../../importers/owned/writing/changes-others.ts';
import { pathsOf } from '../../../../importers/owned/writing/mapped-paths.ts';
import { unitsOfType } from '../../../../importers/owned/writing/units.ts';
import fc, { runs } from '../../../support/fast-check.ts';
import { homeGrown, make, shown, written } from './written.ts';

/** The forms in which old CRMs have fields, by the fields' names in a document, and what a person may correct. */
type World = {
  readonly forms: Readonly<Record<string, readonly unknown[]>>;
  readonly changes: Readonly<Record<string, readonly unknown[]>>;
};

const worlds: Readonly<Record<OwnedType, World>> = {
  listing: {
    forms: {
      price: [450_000, '$450,000', '450k', '1.2M', 'Call', { amount: 450_000, currency: 'USD' }],
      address: [
        '123 Main St, Boca Raton, FL 33432',
        '123A Main St Apt 4 Boca Raton FL 33432',
        ['123 Main St', 'Boca Raton, FL 33432'],
        { street: '123 Main St', unit: '4', city: 'Boca Raton', state: 'fl', zip: 33_432 },
        { number: 123, street: 'Main St', city: 'Boca Raton', zip: '33432' },
      ],
      hoaFee: [350, '$350/mo', 'Quarterly: $1,200', 'none', { amount: 350, frequency: 'monthly' }],
      hoaFrequency: ['mo', 'Monthly', undefined],
      baths: [2.5, '2/1', '3', { full: 2, half: 1 }],
      beds: [3, '3', '3 BR', 'studio'],
      sqft: ['1,850 sqft', 1_850],
      lotSize: ['0.25 ac', 10_890],
      propertyType: ['Condo', 'House', 'Land'],
      features: ['Pool; Dock', ['Pool', 'Waterfront']],
      loc: [[-80.1, 26.35], { lat: 26.35, lng: -80.1 }, '26.35, -80.1'],
    },
    changes: {
      listPrice: [475_000, 1_250_000, null],
      unparsedAddress: ['125 Oak Ave', '125 Oak Ave, Delray Beach, FL 33444'],
      streetNumber: ['125', '125B'],
      streetName: ['Oak Ave'],
      unitNumber: ['5', null],
      city: ['Delray Beach', null],
      postalCode: ['33444', null],
      associationFee: [425, 0, null],
      associationFeeFrequency: ['Quarterly', 'Semi-Annually', null],
      bathroomsFull: [3],
      bathroomsTotalInteger: [4],
      bedroomsTotal: [4, null],
      livingArea: [2_000],
      lotSizeSquareFeet: [21_780],
      propertySubType: ['Townhouse', 'Unimproved Land', null],
      features: [['Pool'], ['Pool', 'Spa'], null],
      latitude: [26.4],
    },
  },
  lead: {
    forms: {
      name: ['ANA CRUZ', 'CRUZ, Ana', 'Ana de la Cruz', 'Ana', { first: 'ANA', last: 'Cruz' }],
      email: ['a@example.com; b@example.com', ['a@example.com', 'b@example.com'], 'Ana <a@example.com>'],
      phone: ['239.555.0170 x12', 2_395_550_170, ['239-555-0170', '239-555-0199']],
      budget: ['300-450K', 450_000, 'under 450k', { min: 300_000, max: '450k' }, { from: 300_000, to: 450_000 }],
      areas: [['Boca Raton', 33_432], 'Boca Raton, Delray Beach'],
      stage: ['new', 'Hot', 'DNC'],
      tags: ['vip, investor', ['VIP']],
    },
    changes: {
      firstName: ['Anna', 'McKenna', null],
      lastName: ['Vega', 'Cruz Vega', null],
      email: ['eva@example.com'],
      otherEmails: [['c@example.com'], null],
      mobilePhone: ['+15615550135'],
      mobilePhoneExt: ['7', null],
      listPriceMin: [325_000, null],
      listPriceMax: [475_000, null],
      cities: [['Jupiter'], null],
      leadStage: ['Nurture', 'Closed'],
      tags: [['VIP', 'cash'], null],
    },
  },
  agent: {
    forms: {
      name: ['MARIA GARCIA', 'GARCIA, Maria', 'Maria de la Garcia'],
      hours: [
        '9-5',
        '09:00-17:00',
        'Mon-Fri 9am-5pm, Sat 10-14',
        'weekdays 9-5; Sat off',
        { mon: '9-5', Tue: ['9:00', '17:00'] },
      ],
      priceRange: ['300-450k', { min: 300_000, max: 450_000 }],
      active: ['Y', 1, true],
    },
    changes: {
      memberFullName: ['Maria Lopez', 'Maria De la Vega', 'Eva McDonald'],
      hours: [
        { mon: ['10:00', '18:30'] },
        { tue: ['09:00', '17:00'], wed: ['09:00', '17:00'], sun: ['13:00', '24:00'] },
        null,
      ],
      listPriceMin: [325_000, null],
      memberStatus: ['Inactive'],
    },
  },
};

const some = (values: Readonly<Record<string, readonly unknown[]>>) =>
  fc.record(Object.fromEntries(Object.entries(values).map(([name, all]) => [name, fc.constantFrom(...all)])), {
    requiredKeys: [],
  });

for (const [aggregate, what] of [
  ['listing', 'a listing'],
  ['lead', 'a lead'],
  ['agent', 'an agent'],
] as const)
  test(`the document of ${what} says what its record says or is reported, nothing else in it changes, and nothing is left to write`, () => {
    const { forms, changes } = worlds[aggregate];
    const paths = pathsOf(homeGrown, `${aggregate}s`);
    const units = unitsOfType[aggregate];
    fc.assert(
      fc.property(some(forms), some(changes), (fields, corrected) => {
        const {
          raw,
          document,
          before,
          wanted,
          said = {},
          unsaid,
          again,
        } = written(aggregate, make[aggregate](fields), corrected);
        const touched = units.filter((unit) => unit.fields.some((name) => name in corrected));
        for (const unit of units)
          for (const name of unit.fields) {
            if (sameIn(said, wanted, name) || unsaid.includes(name)) continue;
            // It was as it is, or what it is made of was corrected.
            if (!touched.includes(unit)) assert.fail(`${name} changed`);
            const isImplied =
              (wanted[name] ?? null) === null && unit.fields.every((one) => (before[one] ?? null) === null);
            assert.ok(isImplied || unit.derived?.includes(name), `${name} is wrong and not reported`);
          }
        const places = touched.flatMap(({ slots }) => slots.flatMap(paths));
        for (const name of new Set([...Object.keys(raw), ...Object.keys(document)]))
          if (!places.includes(name)) assert.equal(shown({ it: document[name] }), shown({ it: raw[name] }), name);
        assert.deepEqual(again(), []);
      }),
      { numRuns: runs(40) },
    );
  });
