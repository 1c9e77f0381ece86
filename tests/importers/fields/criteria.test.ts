import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BSONRegExp, Decimal128, Long } from 'bson';
import { readCriteria } from '../../../importers/legacy/criteria/read-criteria.ts';

const understood = (query: unknown, criteria: object, corrections: readonly string[] = []) => {
  const read = readCriteria(query);
  assert.deepEqual(read?.problems, [], JSON.stringify(query));
  assert.deepEqual(read?.criteria, criteria, JSON.stringify(query));
  assert.deepEqual(
    read?.corrections.map(({ code }) => code),
    corrections,
    JSON.stringify(query),
  );
};

const held = (query: unknown, ...problems: readonly string[]) => {
  const read = readCriteria(query);
  assert.deepEqual(
    read?.problems.map(({ criterion, code }) => `${criterion} ${code}`),
    problems,
    JSON.stringify(query),
  );
};

const boca = { cities: ['Boca Raton'] };

suite('a query that is understood completely', () => {
  const query = {
    city: 'Boca Raton',
    zips: ['33432'],
    minPrice: '300k',
    maxPrice: 500000,
    beds: '3',
    baths: 2.5,
    minSqft: '1,800',
    types: ['Condo', 'Townhouse'],
    keywords: 'pool, waterfront',
  };
  const criteria = {
    cities: ['Boca Raton'],
    postalCodes: ['33432'],
    listPriceMin: 300000,
    listPriceMax: 500000,
    bedroomsMin: 3,
    bathroomsMin: 2.5,
    livingAreaMin: 1800,
    propertySubTypes: ['Condominium', 'Townhouse'],
    keywords: ['pool', 'waterfront'],
  };

  test('is read from an object, from JSON text, and from JSON text within JSON text', () => {
    understood(query, criteria);
    understood(JSON.stringify(query), criteria);
    understood(JSON.stringify(JSON.stringify(query)), criteria);
  });

  test('may use operators that our criteria can express', () => {
    understood(
      {
        city: { $in: ['Boca Raton'] },
        price: { $gte: 300000, $lte: new Decimal128('5E+5') },
        beds: { $gte: Long.fromNumber(3) },
      },
      { ...boca, listPriceMin: 300000, listPriceMax: 500000, bedroomsMin: 3 },
    );
    understood(
      { type: { $eq: 'Condo' }, beds: { $eq: 2 } },
      { propertySubTypes: ['Condominium'], bedroomsMin: 2, bedroomsMax: 2 },
    );
    understood(
      { beds: { $gt: 2, $lt: 5 }, price: { $lt: 500000 } },
      { bedroomsMin: 3, bedroomsMax: 4, listPriceMax: 499999.99 },
    );
    understood(
      { beds: { gt: 2, LT: 5 }, price: { lt: 500000 } },
      { bedroomsMin: 3, bedroomsMax: 4, listPriceMax: 499999.99 },
    );
  });

  test('may use the names of other forms', () => {
    understood(
      {
        priceMin: 300000,
        max_price: '450k',
        bedroomsMin: 2,
        'min-baths': 2,
        maxSqft: 2500,
        zipCode: 33432,
        propertyType: 'SFR',
      },
      {
        listPriceMin: 300000,
        listPriceMax: 450000,
        bedroomsMin: 2,
        bathroomsMin: 2,
        livingAreaMax: 2500,
        postalCodes: ['33432'],
        propertySubTypes: ['Single Family Residence'],
      },
    );
  });

  test('may have ranges in words', () => {
    understood({ price: '300k-450k' }, { listPriceMin: 300000, listPriceMax: 450000 });
    understood({ price: '300k+' }, { listPriceMin: 300000 });
    understood({ price: 'under 500k' }, { listPriceMax: 500000 });
    understood({ beds: '3+' }, { bedroomsMin: 3 });
    understood({ beds: 'studio' }, { bedroomsMin: 0 });
    understood({ beds: '2-4' }, { bedroomsMin: 2, bedroomsMax: 4 });
  });

  test('"Any", an empty value and "at least 0" do not limit anything', () => {
    for (const any of ['Any', 'all', ' ANY ', ['Any'], { $in: ['All'] }]) {
      understood({ city: any, type: any, keywords: any, maxPrice: 500000 }, { listPriceMax: 500000 });
    }
    understood({ city: 'Any' }, {});
    understood({ city: [], type: '', zip: null, minBeds: 0, minPrice: 0, maxPrice: 'Any', beds: 'any' }, {});
  });

  test('may list alternative places', () => {
    understood({ areas: ['Lantana', '33483'] }, { areas: { cities: ['Lantana'], postalCodes: ['33483'] } });
    understood({ areas: 'Lantana; Boca Raton' }, { cities: ['Lantana', 'Boca Raton'] });
    understood(
      { $or: [{ city: 'Boca Raton' }, { zip: '33432' }], maxPrice: 500000 },
      {
        areas: { cities: ['Boca Raton'], postalCodes: ['33432'] },
        listPriceMax: 500000,
      },
    );
    understood(
      { $or: [{ areas: ['Lantana', 33483] }, { city: 'Boca Raton' }] },
      {
        areas: { cities: ['Lantana', 'Boca Raton'], postalCodes: ['33483'] },
      },
    );
    understood({ keywords: '"no HOA"' }, { keywords: ['no HOA'] });
    understood({ $or: [{ type: 'Condo' }, { type: ['TH'] }] }, { propertySubTypes: ['Condominium', 'Townhouse'] });
    understood({ city: 'Boca Raton or Delray Beach' }, { cities: ['Boca Raton', 'Delray Beach'] });
    understood({ city: 'Boca Raton, FL' }, boca);
    understood({ city: 'Boca Raton FL' }, boca);
  });

  test('a town with a postal code requires both', () => {
    understood({ city: 'Boca Raton, FL 33432' }, { ...boca, postalCodes: ['33432'] });
    understood({ areas: ['Boca Raton FL 33432-1234'] }, { ...boca, postalCodes: ['33432'] });
    held({ areas: ['Boca Raton FL 33432', 'Lantana'] }, 'areas place-unclear');
  });

  test('conditions that must all hold are combined into the narrowest', () => {
    understood(
      { $and: [{ city: 'Boca Raton' }, { maxPrice: 500000 }, { $and: [{ beds: 3 }] }] },
      {
        ...boca,
        listPriceMax: 500000,
        bedroomsMin: 3,
      },
    );
    understood({ city: 'Boca Raton', cities: ['boca raton', 'Delray Beach'] }, boca);
    understood({ price: 500000, maxPrice: 450000, minBeds: 2, beds: 3 }, { listPriceMax: 450000, bedroomsMin: 3 });
  });

  test('may have an area drawn on a map, in any notation', () => {
    const ring = [
      [-80.1, 26.3],
      [-80, 26.3],
      [-80, 26.4],
    ];
    const closed = [...ring, ring[0]];
    understood({ polygon: ring }, { polygon: ring });
    understood({ polygon: closed }, { polygon: ring });
    understood({ polygon: ring.map(([lng, lat]) => ({ lat, lng })) }, { polygon: ring });
    understood({ polygon: ring.map(([lng, lat]) => ({ latitude: String(lat), longitude: lng })) }, { polygon: ring });
    understood({ polygon: ring.map(([lng, lat]) => [lng, lat, 3]) }, { polygon: ring });
    understood({ polygon: { type: 'Polygon', coordinates: [closed] } }, { polygon: ring });
    understood({ loc: { $geoWithin: { $geometry: { type: 'Polygon', coordinates: [closed] } } } }, { polygon: ring });
    understood({ loc: { $geoWithin: { $polygon: ring } } }, { polygon: ring });
    understood({ polygon: ring.map(([lng, lat]) => [lat, lng]) }, { polygon: ring }, ['coordinates-swapped']);
  });

  test('entries that do not narrow it are left out', () => {
    understood({ city: 'Boca Raton', sort: { price: 1 }, page: 2, __v: 0, deleted: { $ne: true } }, boca);
    understood({ status: 'Active', city: 'Boca Raton' }, { ...boca, standardStatuses: ['Active'] });
  });
});

suite('a query that is not understood completely reports', () => {
  test('patterns and operators that our criteria cannot express', () => {
    held({ city: { $regex: '^boca' }, maxPrice: 900000 }, 'city criterion-unclear');
    held({ city: new BSONRegExp('^boca', 'i') }, 'city place-unclear');
    held({ city: '^boca' }, 'city place-unclear');
    for (const operator of ['$ne', '$not', '$nin', '$exists', '$all', '$elemMatch', '$type', '$mod']) {
      for (const name of ['city', 'zip', 'type', 'keywords', 'price', 'beds', 'polygon', 'status']) {
        const read = readCriteria({ [name]: { [operator]: ['Boca Raton'] } });
        assert.equal(read?.problems.length, 1, `${name} ${operator}`);
        assert.deepEqual(read?.criteria, {});
      }
    }
    held({ city: { $in: ['Boca Raton'], $ne: 'Delray Beach' } }, 'city criterion-unclear');
    held({ city: { $in: [] } }, 'city criterion-unclear');
    held({ $nor: [{ city: 'Boca Raton' }] }, '$nor criterion-unknown');
    held({ $where: 'this.price < 3' }, '$where criterion-unknown');
  });

  test('alternatives that our criteria cannot express', () => {
    held({ $or: [{ city: 'Boca Raton' }, { maxPrice: 500000 }] }, '$or criterion-unclear');
    held({ $or: [{ city: 'Boca Raton', zip: '33432' }, { zip: '33483' }] }, '$or criterion-unclear');
    held({ $or: [{ city: 'Boca Raton' }, { city: { $regex: 'x' } }] }, '$or criterion-unclear');
    held({ $or: [{ city: 'Boca Raton' }, {}] }, '$or criterion-unclear');
    held({ $or: [] }, '$or criterion-unclear');
    held({ $and: [{ city: { $ne: 'Boca Raton' } }] }, '$and criterion-unclear');
  });

  test('unknown values, even next to known ones', () => {
    held({ type: 'Penthouse', city: 'Boca Raton' }, 'type type-unknown');
    held({ types: ['Condo', 'Penthouse'] }, 'types type-unknown');
    held({ city: ['Any', 'Boca Raton'] }, 'city place-unclear');
    held({ city: 'not Boca Raton' }, 'city place-unclear');
    held({ city: 'Boca*' }, 'city place-unclear');
    for (const city of [
      'FL',
      'Florida',
      'None',
      'N/A',
      'TBD',
      'Palm Beach County',
      'East of I-95',
      '5 miles of Lantana',
    ]) {
      held({ city }, 'city place-unclear');
    }
    held({ zip: '334' }, 'zip place-unclear');
    for (const keywords of [
      'pool & dock',
      'pool + dock',
      'pool/dock',
      'must have pool',
      "don't want carpet",
      '!carpet',
    ]) {
      held({ keywords }, 'keywords criterion-unclear');
    }
    held({ zip: '3343' + '2x' }, 'zip place-unclear');
    held({ zip: [33432, 'x'.repeat(101)] }, 'zip place-unclear');
    held({ keywords: ['pool', '-HOA'] }, 'keywords criterion-unclear');
    held({ maxPrice: 'Call' }, 'maxPrice criterion-unclear');
    held({ maxPrice: 0 }, 'maxPrice criterion-unclear');
    held({ minPrice: '300k-450k' }, 'minPrice criterion-unclear');
    held({ beds: [3, 4, 5] }, 'beds criterion-unclear');
    held({ beds: 2.5 }, 'beds criterion-unclear');
    held({ mood: 'sunny', maxPrice: 500000 }, 'mood criterion-unknown');
    held({ exclude: ['Boca Raton'] }, 'exclude criterion-unknown');
  });

  test('areas with holes or in several parts, and invalid points', () => {
    const ring = [
      [-80.1, 26.3],
      [-80, 26.3],
      [-80, 26.4],
    ];
    held({ polygon: { type: 'Polygon', coordinates: [ring, ring] } }, 'polygon not-a-polygon');
    held({ polygon: { type: 'MultiPolygon', coordinates: [[ring]] } }, 'polygon not-a-polygon');
    held({ polygon: ring.slice(1) }, 'polygon not-a-polygon');
    held({ polygon: [...ring, ['a', 'b']] }, 'polygon not-a-polygon');
    // One corner with its numbers swapped would reach to Antarctica.
    held({ polygon: [...ring, [26.4, -80.1]] }, 'polygon not-a-polygon');
    held({ loc: { $geoWithin: { $centerSphere: [[-80, 26], 0.1] } } }, 'loc not-a-polygon');
  });

  test('limits on rooms that exclude the limit itself, in words', () => {
    for (const beds of [{ over: 3 }, { Above: 3 }, 'greater than 3', 'gt 3', 'higher than 3', 'fewer than 4', '> 3'])
      held({ beds }, 'beds criterion-unclear');
    held({ beds: { gt: 3, gte: 2 } }, 'beds criterion-unclear');
  });

  test('criteria that contradict each other', () => {
    held({ minPrice: 500000, maxPrice: 300000 }, 'maxPrice criteria-contradict');
    held({ price: '450k-300k' }, 'price criteria-contradict');
    held({ city: 'Boca Raton', cities: ['Delray Beach'] }, 'cities criteria-contradict');
    held({ minBeds: 4, maxBeds: 2 }, 'maxBeds criteria-contradict');
    held({ keywords: 'pool', keyword: 'dock' }, 'keyword criteria-contradict');
    held({ price: { $gte: 300000, $lte: 0 } }, 'price criteria-contradict');
  });

  test('anything that is not a query', () => {
    held('{oops', 'query query-unreadable');
    held([{ city: 'Boca Raton' }], 'query query-unreadable');
    held(17, 'query query-unreadable');
    assert.equal(readCriteria({}), undefined);
    assert.equal(readCriteria('{}'), undefined);
    assert.equal(readCriteria(''), undefined);
    assert.equal(readCriteria(null), undefined);
  });

  test('a form in which nothing was chosen is empty, which is not "Any"', () => {
    for (const query of [
      { cities: [], types: [''], polygon: [], price: [], minPrice: null },
      { city: [null] },
      { $and: [{}] },
      { $and: [{ zips: [] }] },
    ]) {
      assert.equal(readCriteria(query), undefined, JSON.stringify(query));
    }
    understood({ city: 'Boca Raton', cities: [], polygon: [], features: [] }, boca);
    held({ city: 'Boca Raton', $or: [] }, '$or criterion-unclear');
  });
});

suite('a query that is kept in another shape is understood as the same query as an object', () => {
  const asked = { ...boca, listPriceMin: 300_000, listPriceMax: 500_000, bedroomsMin: 3 };

  test('a list of conditions, whatever its parts are called', () => {
    understood(
      [
        { field: 'city', op: 'eq', value: 'Boca Raton' },
        { field: 'price', op: '>=', value: 300_000 },
        { field: 'price', op: '<=', value: '500k' },
        { field: 'beds', op: 'gte', value: '3' },
      ],
      asked,
    );
    understood(
      JSON.stringify([
        { name: 'city', operator: 'any of', val: ['Boca Raton'] },
        { name: 'price', operator: 'between', val: [300_000, 500_000] },
        { name: 'bedrooms', operator: 'greater than', val: 2, _id: 7 },
        { name: 'type', operator: 'in', val: '' },
      ]),
      asked,
    );
    understood([{ key: 'beds', comparator: 'is', values: 2 }], { bedroomsMin: 2, bedroomsMax: 2 });
    assert.equal(readCriteria([{ field: 'city', op: 'eq', value: '' }]), undefined);
  });

  test('a list of conditions with anything that is not understood is not widened', () => {
    const city = { field: 'city', op: 'eq', value: 'Boca Raton' };
    const fields = ['city', 'zip', 'type', 'keywords', 'price', 'beds', 'polygon', 'status'];
    for (const field of fields) {
      for (const op of ['ne', '!=', 'not in', 'contains', 'like', 'exists', '', null, '$nin'])
        held(
          [city, { field, op, value: 'Boca Raton' }],
          `${field} ${readCriteria({ [field]: { $no: 1 } })!.problems[0]!.code}`,
        );
      for (const more of [{ negate: true }, { or: true }, { name: 'other' }, { unit: 'km' }])
        assert.equal(readCriteria([{ field, op: 'eq', value: 1, ...more }])?.problems.length, 1, field);
    }
    held([city, { field: 'price', op: 'between', value: [300_000] }], 'price criterion-unclear');
    held([city, { field: 'price', op: 'exists' }], 'price criterion-unclear');
    held([city, { field: 'pool', op: 'eq', value: true }], 'pool criterion-unknown');
    for (const other of [
      { city: 'Lantana' },
      'Lantana',
      [city],
      { op: 'or', conditions: [city] },
      { field: 'price', value: 1 },
    ])
      held([city, other], 'query query-unreadable');
    held([{ field: '$or', op: 'eq', value: [city] }], 'query query-unreadable');
    for (const op of ['=', 'in'])
      for (const value of [[], [null]]) held([{ field: 'city', op, value }], 'city criterion-unclear');
    held([{ field: '-city', op: 'eq', value: 'Lantana' }], '-city criterion-unclear');
    for (const [field, value] of [
      ['sort', 'newest'],
      ['_id', 66],
      ['page', 2],
    ])
      assert.equal(readCriteria([{ field, op: '=', value }])?.problems.length, 1, String(field));
  });

  test('the query string of a web page', () => {
    understood('?city=Boca+Raton&minPrice=300000&price=500000&beds=3', asked);
    understood('city=Boca%20Raton&price%5Bmin%5D=300000&price[max]=500000&beds=3%2B&zip=&page=2', asked);
    understood('areas[]=Lantana&areas[]=33483', { areas: { cities: ['Lantana'], postalCodes: ['33483'] } });
    understood('city=Lantana&city=Boca Raton', { cities: ['Lantana', 'Boca Raton'] });
    understood('city=&city=Boca+Raton&beds[]=&beds[]=3', { ...boca, bedroomsMin: 3 });
    assert.equal(readCriteria('?city=&beds='), undefined);
  });

  test('a plus sign after a number in a query string is one, and otherwise a space if a word follows', () => {
    for (const minimum of ['500000+', '500K+', '500000%2B', '500000++'])
      understood(`price=${minimum}&city=Boca+Raton`, { ...boca, listPriceMin: 500_000 });
    for (const range of ['300000+-+500000', '300000+to+500000', '300000-500000'])
      understood(`price=${range}`, { listPriceMin: 300_000, listPriceMax: 500_000 });
    for (const value of ['500000+,', '500000+-', '3+-4', '3+%2D4', '3+%2C4'])
      held(`price=${value}`, 'price criterion-unclear');
    for (const value of ['pool+', 'pool+-garage', 'pool+,spa', 'pool+%2Cspa', '+pool'])
      held(`keywords=${value}`, 'query query-unreadable');
  });

  test('a name that is several times in a query string has alternatives, not two ends', () => {
    for (const name of ['beds', 'price', 'minPrice', 'baths', 'sqft', 'polygon'])
      for (const brackets of ['', '[]', '%5B%5D'])
        assert.equal(readCriteria(`${name + brackets}=2&${name + brackets}=4`)?.problems.length, 1, name + brackets);
    understood('type=Condo&type=&type=Townhouse', { propertySubTypes: ['Condominium', 'Townhouse'] });
  });

  test('a query string that asks for no criterion is not a search for all homes', () => {
    for (const text of [
      '_id=66',
      'city=Lantana&_id=66',
      '__v=1&beds=3',
      'sort=newest',
      '?page=2&sort=price',
      'city=&page=2',
    ])
      held(text, 'query query-unreadable');
    for (const text of ['id=66', 'pool=', 'eyJjaXR5IjoiTGFudGFuYSJ9='])
      assert.equal(readCriteria(text)?.problems.length, 1, text);
    understood('city=Any&page=2', {});
  });

  test('a query string with anything that is not understood is not widened', () => {
    held('?city=Boca+Raton&pool=1', 'pool criterion-unknown');
    held('?beds=2&beds=3&beds=4', 'beds criterion-unclear');
    held('?maxPrice=500000&price[lte]=x', 'price criterion-unclear');
    for (const text of [
      'https://homes.example/boca-raton/condos?beds=3',
      'condos?beds=3',
      'beds=3&garage',
      'beds=3=4',
      'city=%E0%A4%A',
      'price[min]=1&price[min]=2',
      'price=1&price[min]=2',
      'price[min]=2&price=1',
      '-city=Boca+Raton',
      'city-=Boca+Raton',
      'city=Boca+Raton#condos',
      'keywords=swimming%2520pool',
      'three beds in Boca',
    ])
      held(text, 'query query-unreadable');
  });

  const [north, south, east, west] = [26.4, 26.3, -80, -80.1];
  const polygon = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ];

  test('the part of a map that was shown', () => {
    for (const bounds of [
      { north, south, east, west },
      { North: String(north), South: south, East: east, West: west },
      { maxLat: north, minLat: south, max_lng: east, min_lng: west },
      { ne: { lat: north, lng: east }, sw: { lat: south, lng: west } },
      { _northEast: { lat: north, lng: east }, _southWest: { lat: south, lng: west } },
      JSON.stringify({ north, south, east, west }),
    ])
      for (const name of ['bounds', 'mapBounds', 'polygon']) understood({ [name]: bounds }, { polygon });
    understood({ bounds: { ne: [east, north], sw: [west, south] } }, { polygon });
    const [first, ...others] = polygon;
    understood({ bounds: { ne: [north, east], sw: [south, west] } }, { polygon: [first, ...others.reverse()] }, [
      'coordinates-swapped',
    ]);
  });

  test('a part of a map that is turned round, incomplete or elsewhere is not widened', () => {
    for (const bounds of [
      { north: south, south: north, east, west },
      { north, south, east: west, west: east },
      { north, south, east },
      { north, south, east, west, zoom: 12 },
      { north: 'x', south, east, west },
      { north: 90, south: -90, east: 180, west: -180 },
      { north: west, south: east, east: north, west: south },
      { ne: { lat: north, lng: east } },
      { ne: { lat: north, lng: east }, sw: { lat: south } },
      [west, south, east, north],
      [
        [west, north],
        [east, north],
        [west, south],
        [east, south],
      ],
    ])
      held({ bounds }, 'bounds not-a-polygon');
  });

  test('places that say of what kind they are', () => {
    understood({ areas: [{ type: 'city', name: 'Boca Raton' }] }, boca);
    understood({ areas: { kind: 'City', value: 'Boca Raton', _id: 3, state: 'FL' } }, boca);
    understood(
      { locations: [{ type: 'city', name: 'Lantana, FL' }, { type: 'zip', value: 33483 }, 'Boca Raton'] },
      { areas: { cities: ['Lantana', 'Boca Raton'], postalCodes: ['33483'] } },
    );
    understood({ location: { city: 'Boca Raton', state: 'FL', zip: '33432' } }, { ...boca, postalCodes: ['33432'] });
  });

  test('places of another kind, or with anything else, are not widened', () => {
    const town = { type: 'city', name: 'Boca Raton' };
    for (const place of [
      { type: 'county', name: 'Palm Beach' },
      { type: 'school', name: 'Boca Raton' },
      { name: 'Boca Raton' },
      { type: 'city' },
      { ...town, radius: 5 },
      { ...town, exclude: true },
      { ...town, label: 'Lantana' },
      { type: 'city', name: 'Boca Raton, FL 33432' },
      { type: 'city', name: 'Boca Raton, Lantana' },
      { type: 'city', name: '33432' },
      { type: 'zip', name: 'Boca Raton' },
      { type: 'city', name: 'Any' },
      { city: 'All' },
      { city: 'Anywhere', state: 'FL' },
      { type: 'city', name: ['Boca Raton'] },
      { ...town, state: 'Ontario' },
      { city: 'Boca Raton', county: 'Palm Beach' },
      { $ne: town },
    ]) {
      const code = '$ne' in place ? 'criterion-unclear' : 'place-unclear';
      held({ areas: place }, `areas ${code}`);
      if (!('$ne' in place)) held({ areas: ['Lantana', place] }, `areas ${code}`);
    }
    held({ areas: [{ city: 'Boca Raton', zip: '33432' }, 'Lantana'] }, 'areas place-unclear');
  });

  test('entries that are kept as JSON text are read as what they are', () => {
    understood({ city: '["Boca Raton"]', price: '{"gte":300000,"lte":500000}', beds: '{"gt":2}' }, asked);
    understood({ areas: '[{"type":"city","name":"Boca Raton"}]', types: '[]', polygon: '[]' }, boca);
    held({ city: '{"$ne":"Boca Raton"}' }, 'city criterion-unclear');
    held({ city: '["Boca Raton"' }, 'city place-unclear');
    assert.equal(readCriteria({ city: '[]', zips: '' }), undefined);
    assert.equal(readCriteria({ $and: [{ zips: '[]' }] }), undefined);
  });
});
