import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contact, property, user } from '../../support/documents.ts';
import { written } from './written.ts';

const homes = [
  '123 Main St Apt 4, Boca Raton, FL 33432',
  '123 Main St #4 Boca Raton FL 33432',
  ['123 Main St Unit 4', 'Boca Raton, FL 33432'],
  { full: '123 Main St #4, Boca Raton, FL 33432' },
  { street: '123 Main St', unit: '4', city: 'Boca Raton', state: 'FL', zip: 33_432 },
];
const street = { streetNumber: '125', streetName: 'Oak Ave' };

test('a part of an address that nobody touched stays where the line that a person entered leaves it out', () => {
  const whole = '125 Oak Ave #4, Boca Raton, FL 33432';
  for (const address of homes)
    for (const line of [
      '125 Oak Ave',
      '125 Oak Ave, Boca Raton',
      '125 Oak Ave, FL 33432',
      '125 Oak Ave Apt 4',
      whole,
    ]) {
      const { said, unsaid, again } = written('listing', property({ address }), { ...street, unparsedAddress: line });
      const { unparsedAddress, unitNumber, city, stateOrProvince, postalCode } = said ?? {};
      assert.deepEqual([unparsedAddress, unsaid, again()], [whole, [], []], JSON.stringify([address, line]));
      assert.deepEqual([unitNumber, city, stateOrProvince, postalCode], ['4', 'Boca Raton', 'FL', '33432']);
    }
});

test('an address that contradicts its parts is reported, and neither drops them nor is undone by the next write', () => {
  for (const address of homes)
    for (const unparsedAddress of ['125 Oak Ave', '125 Oak Ave, Delray Beach, FL 33444']) {
      const { document, unsaid, raw, again } = written('listing', property({ address }), { unparsedAddress });
      assert.deepEqual([document, unsaid, again()], [raw, ['unparsedAddress'], []], JSON.stringify(address));
    }
});

test('a corrected part is written, whatever else the document says with it, and the next write leaves it', () => {
  const changes = [{ city: 'Delray Beach' }, { postalCode: '33444' }, { streetNumber: '125' }, { unitNumber: '5' }];
  for (const address of homes)
    for (const change of changes) {
      const { said, wanted, unsaid, again } = written('listing', property({ address }), change);
      const { unparsedAddress: _, ...parts } = wanted;
      const { unparsedAddress: __, ...saidParts } = said ?? {};
      assert.deepEqual([saidParts, unsaid, again()], [parts, [], []], JSON.stringify([address, change]));
    }
});

test('a part that a person empties is gone from the document or reported, and the next write does not bring it back', () => {
  for (const address of homes)
    for (const name of ['unitNumber', 'city', 'postalCode']) {
      const {
        said = {},
        raw,
        wanted,
        document,
        unsaid,
        again,
      } = written('listing', property({ address }), { [name]: null });
      assert.deepEqual([unsaid.filter((one) => one !== name), again()], [[], []], JSON.stringify([address, name]));
      if (unsaid.length > 0) assert.deepEqual(document, raw);
      const parts = Object.keys(wanted).filter((one) => one !== 'unparsedAddress' && !unsaid.includes(one));
      for (const one of parts) assert.deepEqual(said[one] ?? null, wanted[one], JSON.stringify([address, name, one]));
    }
});

for (const [what, make, before, changes] of [
  ['rooms', property, { baths: '2/1' }, { bathroomsTotalInteger: 9 }],
  ['a subtype', property, { propertyType: 'Condo' }, { propertyType: 'Land' }],
  ['an end of a range', contact, { budget: 450_000 }, { listPriceMin: null, listPriceMax: 500_000 }],
] as const)
  test(`what a person corrects in one field does not change another: ${what}`, () => {
    const type = make === property ? 'listing' : 'lead';
    const { said, wanted, again, unsaid } = written(type, make(before), changes);
    const touched = Object.keys(changes);
    for (const name of Object.keys(wanted).filter((one) => !touched.includes(one)))
      assert.deepEqual(said?.[name], wanted[name], name);
    for (const name of touched) assert.equal(unsaid.includes(name), (said?.[name] ?? null) !== (wanted[name] ?? null));
    assert.deepEqual(again(), []);
  });

test('a text or number is never replaced by a sub-document, which an old website could not show', () => {
  for (const [type, document, changes] of [
    ['lead', contact({ budget: 'any' }), { listPriceMin: 300_000, listPriceMax: 450_000 }],
    ['lead', contact({ budget: 450_000 }), { listPriceMin: 300_000 }],
    ['listing', property({ baths: 2.5 }), { bathroomsTotalInteger: 4, bathroomsHalf: 2 }],
    ['listing', property({ loc: 'near the beach' }), { latitude: 26.4, longitude: -80.2 }],
    ['agent', user({ hours: 'by appointment' }), { hours: { mon: ['09:00', '17:00'] } }],
  ] as const) {
    const { document: after } = written(type, document, changes);
    for (const [name, value] of Object.entries(after))
      if (['budget', 'baths', 'loc', 'hours'].includes(name))
        assert.ok(typeof value !== 'object' || (value !== null && '_bsontype' in value), name);
  }
});

test('a home that moves far away is written with its coordinates, and without those that do not fit', () => {
  const loc = { type: 'Point', coordinates: [-80.1, 26.35] };
  const austin = {
    ...{ unparsedAddress: '7 Pecan St #4, Austin, TX 78701', streetNumber: '7', streetName: 'Pecan St' },
    ...{ city: 'Austin', stateOrProvince: 'TX', postalCode: '78701' },
  };
  for (const address of homes) {
    const home = property({ address, loc });
    const moved = written('listing', home, { ...austin, latitude: 30.27, longitude: -97.74 });
    assert.deepEqual([moved.unsaid, moved.again()], [[], []], JSON.stringify(address));
    assert.deepEqual(moved.said, { ...moved.wanted, unparsedAddress: austin.unparsedAddress });
    for (const place of [
      { latitude: 41.88, longitude: -87.63 },
      { latitude: null, longitude: null },
    ]) {
      const { said, unsaid, again, document } = written('listing', home, { ...austin, ...place });
      // No one reads the old ones beside the new ZIP code, but the old website would show them.
      if (place.latitude === null) assert.equal(document.loc, null);
      assert.deepEqual([said?.city, said?.latitude], ['Austin', undefined]);
      assert.deepEqual([unsaid, again()], [place.latitude === null ? [] : ['latitude', 'longitude'], []]);
    }
  }
});

test('a value that only follows from what is written is reported, because both sides then differ in it', () => {
  for (const [type, document, changes, differing] of [
    ['listing', property({ baths: undefined }), { bathroomsFull: 2, bathroomsTotalInteger: 2 }, ['bathroomsHalf']],
    ['listing', property({ propertyType: undefined }), { propertySubType: 'Townhouse' }, ['propertyType']],
    ['lead', contact({ stage: 'Hot' }), { doNotCallYN: true }, ['leadStage']],
  ] as const) {
    const { said, wanted, unsaid, again } = written(type, document, changes);
    for (const [name, value] of Object.entries(changes)) assert.equal(said?.[name], value);
    for (const name of differing) assert.notEqual(said?.[name] ?? null, wanted[name] ?? null);
    assert.deepEqual([unsaid, again()], [differing, []]);
  }
});
