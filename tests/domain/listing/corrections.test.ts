import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pick } from '../../../domain/changes.ts';
import { fold } from '../../../domain/decider.ts';
import { type ListingEvent, type ListingFields, listing } from '../../../domain/listing/index.ts';
import { propertySubTypes } from '../../../domain/reso.ts';
import { readPropertyType } from '../../../importers/legacy/fields/words/property-type.ts';
import { readPlaces } from '../../../importers/legacy/read-places.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { specification } from '../support/specification.ts';

const { given } = specification(listing);

const address = {
  unparsedAddress: '125 Oak Ave, Boca Raton, FL 33432',
  streetNumber: '125',
  streetName: 'Oak Ave',
  city: 'Boca Raton',
  stateOrProvince: 'FL',
  postalCode: '33432',
} as const;
const withUnit = { ...address, unparsedAddress: '125 Oak Ave #4, Boca Raton, FL 33432', unitNumber: '4' };
const place = { latitude: 26.35, longitude: -80.08 };

const enteredWith = (fields: Partial<ListingFields>): ListingEvent => ({
  type: 'ListingEntered',
  data: { listingKey: 'l1', listingId: 'RX-1', standardStatus: 'Active', ...fields },
});
const correct = (changes: object) => ({ type: 'CorrectListing', changes, places: readPlaces }) as const;
const corrected = (changes: object): ListingEvent => ({ type: 'ListingDetailsCorrected', data: { changes } });

suite('a correction of the address', () => {
  const becomes = (before: Partial<ListingFields>, changes: object, expected: object) =>
    given([enteredWith(before)])
      .when(correct(changes))
      .then([corrected(expected)]);

  test('brings the parts along', () => {
    const line = '9 Elm St #2, Delray Beach, FL 33444';
    becomes(
      address,
      { unparsedAddress: line },
      {
        unparsedAddress: line,
        streetNumber: '9',
        streetName: 'Elm St',
        unitNumber: '2',
        city: 'Delray Beach',
        postalCode: '33444',
      },
    );
  });

  test('keeps the town, the state and the ZIP code that it leaves out', () => {
    const after = { unparsedAddress: '9 Elm St, Boca Raton, FL 33432', streetNumber: '9', streetName: 'Elm St' };
    becomes(address, { unparsedAddress: '9 Elm St' }, after);
    becomes(address, { unparsedAddress: '9 Elm St Boca Raton' }, after);
  });

  test('takes parts from the values that are given in addition to the line', () => {
    becomes(
      address,
      { unparsedAddress: '9 Elm St', city: 'Delray Beach', unitNumber: '2' },
      {
        unparsedAddress: '9 Elm St #2, Delray Beach, FL 33432',
        streetNumber: '9',
        streetName: 'Elm St',
        city: 'Delray Beach',
        unitNumber: '2',
      },
    );
  });

  test('that empties the line empties the street, and leaves the town', () => {
    becomes(
      withUnit,
      { unparsedAddress: null },
      {
        unitNumber: null,
        unparsedAddress: null,
        streetNumber: null,
        streetName: null,
      },
    );
  });

  test('is refused when it cannot be divided, or has no street', () => {
    for (const line of ['125 Calle Ocho Norte FL 33432', 'Boca Raton, FL', 'TBD'])
      given([enteredWith(address)])
        .when(correct({ unparsedAddress: line }))
        .thenRejected('address-unclear', 'unparsedAddress');
  });

  test('is refused when it leaves open whether the unit or the number stays', () => {
    given([enteredWith(withUnit)])
      .when(correct({ unparsedAddress: '9 Elm St, Boca Raton, FL 33432' }))
      .thenRejected('address-incomplete', 'unitNumber');
    given([enteredWith(address)])
      .when(correct({ unparsedAddress: 'Elm St, Boca Raton, FL 33432' }))
      .thenRejected('address-incomplete', 'streetNumber');
    becomes(
      withUnit,
      { unparsedAddress: '125 Oak Ave, Boca Raton, FL 33432', unitNumber: null },
      {
        unparsedAddress: address.unparsedAddress,
        unitNumber: null,
      },
    );
  });

  test('is refused when a part that is given says something else', () => {
    for (const city of ['Delray Beach', null])
      given([enteredWith(address)])
        .when(correct({ unparsedAddress: '9 Elm St, Boca Raton, FL', city }))
        .thenRejected('address-contradiction', 'city');
    given([enteredWith(address)])
      .when(correct({ unparsedAddress: null, streetName: 'Elm St' }))
      .thenRejected('address-contradiction', 'unparsedAddress');
  });
});

suite('a correction of a part of the address', () => {
  const becomes = (before: Partial<ListingFields>, changes: object, expected: object) =>
    given([enteredWith(before)])
      .when(correct(changes))
      .then([corrected(expected)]);

  test('brings the line along', () => {
    becomes(
      address,
      { city: 'Delray Beach' },
      { city: 'Delray Beach', unparsedAddress: '125 Oak Ave, Delray Beach, FL 33432' },
    );
    becomes(address, { unitNumber: '4' }, { unitNumber: '4', unparsedAddress: withUnit.unparsedAddress });
    becomes(withUnit, { unitNumber: null }, { unitNumber: null, unparsedAddress: address.unparsedAddress });
    becomes(
      address,
      { streetName: 'Elm St' },
      { streetName: 'Elm St', unparsedAddress: '125 Elm St, Boca Raton, FL 33432' },
    );
  });

  test('is recorded in its normal form: Florida is FL', () => {
    const { stateOrProvince: _, ...before } = { ...address, unparsedAddress: '125 Oak Ave, Boca Raton, 33432' };
    becomes(
      before,
      { stateOrProvince: 'Florida' },
      { stateOrProvince: 'FL', unparsedAddress: address.unparsedAddress },
    );
  });

  test('gives a record that has only a line its parts', () => {
    const { streetNumber, streetName } = address;
    becomes(
      { unparsedAddress: address.unparsedAddress },
      { postalCode: '33431' },
      {
        streetNumber,
        streetName,
        city: 'Boca Raton',
        stateOrProvince: 'FL',
        postalCode: '33431',
        unparsedAddress: '125 Oak Ave, Boca Raton, FL 33431',
      },
    );
  });

  test('needs no street if none is known', () => {
    becomes({ city: 'Boca Raton' }, { city: 'Delray Beach' }, { city: 'Delray Beach' });
    given([enteredWith({ city: 'Boca Raton' })])
      .when(correct({ streetNumber: '9' }))
      .thenRejected('address-incomplete', 'streetName');
  });

  test('changes nothing when the value is already there', () => {
    given([enteredWith(address)])
      .when(correct({ city: 'Boca Raton' }))
      .then([]);
    given([enteredWith(address)])
      .when(correct({ unparsedAddress: address.unparsedAddress }))
      .then([]);
  });

  test('leaves a street on record as it is, even if it would be read differently today', () => {
    const odd = { ...address, streetName: 'Oak Ave Apt 4', unparsedAddress: '125 Oak Ave Apt 4, Boca Raton, FL 33432' };
    becomes(
      odd,
      { city: 'Delray Beach' },
      { city: 'Delray Beach', unparsedAddress: '125 Oak Ave Apt 4, Delray Beach, FL 33432' },
    );
  });

  test('is refused when it would be read as something else', () => {
    given([enteredWith(address)])
      .when(correct({ streetName: 'Oak Ave #4' }))
      .thenRejected('address-unclear', 'streetName');
    given([enteredWith(address)])
      .when(correct({ city: 'Boca, Raton' }))
      .thenRejected('address-unclear', 'city');
  });

  test('is refused when the line on record contradicts another part, and settles it when that part is given', () => {
    const stale = { ...address, unparsedAddress: '9 Elm St, Boca Raton, FL 33432' };
    given([enteredWith(stale)])
      .when(correct({ city: 'Delray Beach' }))
      .thenRejected('address-contradiction', 'streetNumber');
    becomes(stale, { streetNumber: '9', streetName: 'Elm St' }, { streetNumber: '9', streetName: 'Elm St' });
    becomes(stale, { unparsedAddress: stale.unparsedAddress }, { streetNumber: '9', streetName: 'Elm St' });
    const staleCity = { ...address, city: 'Delray Beach' };
    becomes(staleCity, { city: 'Delray Beach' }, { unparsedAddress: '125 Oak Ave, Delray Beach, FL 33432' });
  });
});

suite('coordinates', () => {
  const homeAt = (changes: object) => given([enteredWith({ ...address, ...place })]).when(correct(changes));

  test('stay when the address is corrected and they can still be right', () => {
    homeAt({ streetNumber: '127' }).thenState(({ fields }) => assert.equal(fields.latitude, place.latitude));
    homeAt({ postalCode: '33444' }).thenState(({ fields }) => assert.equal(fields.latitude, place.latitude));
  });

  test('become empty once the ZIP code is far away, unless new ones are given', () => {
    const austin = { unparsedAddress: '9 Elm St, Austin, TX 78701' };
    homeAt(austin).thenState(({ fields }) =>
      assert.deepEqual([fields.latitude, fields.longitude], [undefined, undefined]),
    );
    homeAt({ ...austin, latitude: 30.27, longitude: -97.74 }).thenState(({ fields }) =>
      assert.deepEqual([fields.latitude, fields.longitude], [30.27, -97.74]),
    );
  });

  test('are refused far from the ZIP code, or when they are swapped or lack their sign', () => {
    homeAt({ latitude: 30.27, longitude: -97.74 }).thenRejected('coordinates-far', 'latitude');
    homeAt({ latitude: -80.08, longitude: 26.35 }).thenRejected('coordinates-far', 'latitude');
    homeAt({ longitude: 80.08 }).thenRejected('coordinates-far', 'longitude');
  });

  test('are corrected and emptied together', () => {
    homeAt({ latitude: 26.36 }).then([corrected({ latitude: 26.36 })]);
    homeAt({ latitude: null }).then([corrected({ latitude: null, longitude: null })]);
    homeAt({ latitude: null, longitude: -80 }).thenRejected('coordinates-incomplete', 'latitude');
    given([enteredWith(address)])
      .when(correct({ latitude: 26.36 }))
      .thenRejected('coordinates-incomplete', 'longitude');
  });
});

suite('bathrooms', () => {
  const rooms = { bathroomsTotalInteger: 3, bathroomsFull: 2, bathroomsHalf: 1 };
  const homeWith = (fields: Partial<ListingFields>, changes: object) =>
    given([enteredWith(fields)]).when(correct(changes));

  test('are full and half ones together', () => {
    homeWith(rooms, { bathroomsFull: 3 }).then([corrected({ bathroomsFull: 3, bathroomsTotalInteger: 4 })]);
    homeWith(rooms, { bathroomsHalf: null }).then([corrected({ bathroomsHalf: 0, bathroomsTotalInteger: 2 })]);
    homeWith({}, { bathroomsFull: 2 }).then([
      corrected({ bathroomsFull: 2, bathroomsTotalInteger: 2, bathroomsHalf: 0 }),
    ]);
    homeWith({}, { bathroomsTotalInteger: 2 }).then([
      corrected({ bathroomsTotalInteger: 2, bathroomsFull: 2, bathroomsHalf: 0 }),
    ]);
    homeWith(rooms, { bathroomsTotalInteger: null }).then([
      corrected({ bathroomsTotalInteger: null, bathroomsFull: null, bathroomsHalf: null }),
    ]);
  });

  test('are refused when they contradict each other, or only half ones are given', () => {
    homeWith(rooms, { bathroomsTotalInteger: 9 }).thenRejected('bathrooms-contradiction', 'bathroomsTotalInteger');
    homeWith({}, { bathroomsHalf: 1 }).thenRejected('bathrooms-incomplete', 'bathroomsFull');
  });
});

suite('the property type', () => {
  const homeOf = (propertyType: ListingFields['propertyType'], propertySubType?: ListingFields['propertySubType']) => ({
    propertyType,
    ...(propertySubType === undefined ? {} : { propertySubType }),
  });
  const condo = homeOf('Residential', 'Condominium');
  const homeWith = (fields: Partial<ListingFields>, changes: object) =>
    given([enteredWith(fields)]).when(correct(changes));

  test('follows the subtype, unless homes of both subtypes can have the type and it says more', () => {
    homeWith(condo, { propertySubType: 'Duplex' }).then([
      corrected({ propertySubType: 'Duplex', propertyType: 'Residential Income' }),
    ]);
    homeWith({}, { propertySubType: 'Unimproved Land' }).then([
      corrected({ propertySubType: 'Unimproved Land', propertyType: 'Land' }),
    ]);
    const rented = homeOf('Residential Lease', 'Condominium');
    homeWith(rented, { propertySubType: 'Townhouse' }).then([corrected({ propertySubType: 'Townhouse' })]);
    homeWith(rented, { propertySubType: 'Unimproved Land' }).then([
      corrected({ propertySubType: 'Unimproved Land', propertyType: 'Land' }),
    ]);
    homeWith(homeOf('Residential', 'Duplex'), { propertySubType: 'Duplex' }).then([]);
    homeWith(condo, { propertySubType: null }).then([corrected({ propertySubType: null })]);
  });

  test('leaves the subtype as it is if it can, and otherwise as the importer reads the type alone', () => {
    homeWith(condo, { propertyType: 'Residential Lease' }).then([corrected({ propertyType: 'Residential Lease' })]);
    homeWith(condo, { propertyType: 'Residential Income' }).then([
      corrected({ propertyType: 'Residential Income', propertySubType: null }),
    ]);
    homeWith(condo, { propertyType: 'Land' }).then([
      corrected({ propertyType: 'Land', propertySubType: 'Unimproved Land' }),
    ]);
    homeWith(condo, { propertyType: null }).then([corrected({ propertyType: null, propertySubType: null })]);
  });

  test('is refused together with a subtype that it cannot have', () => {
    homeWith(condo, { propertyType: 'Land', propertySubType: 'Townhouse' }).thenRejected(
      'property-type-contradiction',
      'propertyType',
    );
    homeWith(condo, { propertyType: null, propertySubType: 'Townhouse' }).thenRejected(
      'property-type-contradiction',
      'propertyType',
    );
    homeWith(condo, { propertyType: 'Land', propertySubType: null }).then([
      corrected({ propertyType: 'Land', propertySubType: null }),
    ]);
  });

  test('is the one that the importer reads where there is only a subtype', () => {
    for (const propertySubType of propertySubTypes)
      homeWith({}, { propertySubType }).thenState(({ fields }) =>
        assert.equal(fields.propertyType, readPropertyType(propertySubType).value?.propertyType),
      );
  });
});

test('after any correction, the parts are what the importer reads in the line', () => {
  const number = fc.constantFrom('9', '125', '12A', null);
  const street = fc.constantFrom(
    'Elm St',
    'N Ocean Blvd',
    'SW 3rd Ave',
    'Calle Ocho',
    'Oak Ct',
    'Broadway',
    'Elm St #4',
    'Ocean Dr, Tower 2',
    null,
  );
  const unit = fc.constantFrom('4', 'PH-1', '12B', 'Apt 4', null);
  const city = fc.constantFrom(
    'Boca Raton',
    'Delray Beach',
    'New York',
    'St. Augustine',
    'Kansas',
    'Port St. Lucie',
    'X',
    null,
  );
  const state = fc.constantFrom('FL', 'NY', 'KS', 'Georgia', null);
  const zip = fc.constantFrom('33432', '33444', '10001', '33432-1234', '00000', null);
  const line = fc.oneof(
    fc.constantFrom(
      '9 Elm St',
      '9 Elm St Boca Raton',
      '125 Oak Ave #4, Boca Raton, FL 33432',
      'Unit 4, 9 Elm St, Delray Beach',
      'TBD',
      'Boca Raton, FL',
      '125 Calle Ocho Norte FL 33432',
      null,
    ),
    fc
      .tuple(number, street, unit, city, state, zip)
      .map(
        ([n, s, u, c, st, z]) =>
          [`${n ?? ''} ${s ?? ''} ${u ?? ''}`, c, `${st ?? ''} ${z ?? ''}`].filter((part) => part?.trim()).join(', ') ||
          null,
      ),
  );
  const fields = {
    unparsedAddress: line,
    streetNumber: number,
    streetName: street,
    unitNumber: unit,
    city,
    stateOrProvince: state,
    postalCode: zip,
    latitude: fc.constantFrom(26.35, null),
    longitude: fc.constantFrom(-80.08, null),
  };
  const names = fc.subarray(Object.keys(fields) as (keyof typeof fields)[], { minLength: 1, maxLength: 2 });
  const changes = names.chain((some) => fc.record(pick(fields, some)));
  let done = 0;
  fc.assert(
    fc.property(fc.array(changes, { minLength: 1, maxLength: 4 }), (corrections) => {
      let state = fold(listing, [enteredWith({ ...address, ...place })]);
      for (const one of corrections) {
        const decision = listing.decide(correct(one), state);
        if ('rejected' in decision) continue;
        done++;
        state = fold(listing, decision.accepted, state);
        const { unparsedAddress, streetNumber, streetName, unitNumber, city, stateOrProvince, postalCode } =
          state.fields;
        const parts = { streetNumber, streetName, unitNumber, city, stateOrProvince, postalCode };
        if (unparsedAddress)
          assert.deepEqual(
            {
              ...Object.fromEntries(Object.keys(parts).map((name) => [name, undefined])),
              ...readPlaces.address(unparsedAddress),
            },
            parts,
            unparsedAddress,
          );
        else assert.deepEqual([streetNumber, streetName], [undefined, undefined]);
        const { latitude, longitude } = state.fields;
        assert.ok(
          latitude ? readPlaces.areNear(latitude, longitude!, postalCode ?? undefined) : longitude === undefined,
        );
        assert.deepEqual(listing.decide(correct(one), state), { accepted: [] }, 'again');
      }
    }),
    { numRuns: runs(400) },
  );
  assert.ok(done > 300, `only ${done} corrections were accepted`);
});
