import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readCriteria } from '../../../importers/legacy/criteria/read-criteria.ts';
import { boca, held, understood } from './support/criteria.ts';

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
