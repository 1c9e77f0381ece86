import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapSavedSearchIn } from '../../../importers/legacy/saved-searches.ts';
import { readMapping } from '../../../importers/mappings/read-mapping.ts';
import { compiled } from './support/mapping-text.ts';

/** What a document says when it is read through a mapping with these fields. */
const reader = (fields: string) => {
  const text = `name: ours\nsavedSearches:\n  collections: watchlists\n  fields:\n    contactKey: prospect\n${fields}`;
  const { look } = compiled(text).types.savedSearches!;
  return (document: object) => {
    const mapped = mapSavedSearchIn(look({ _id: 1, prospect: 2, ...document }, ''));
    if ('quarantine' in mapped) return mapped.quarantine.code;
    const { criteria, scheduleType, activeYN } = mapped.payload.fields;
    const holds = mapped.payload.holdReasons.map(({ field, code, found }) => `${field} ${code} ${found}`);
    return { criteria, scheduleType, activeYN, holds };
  };
};

const read = { scheduleType: undefined, activeYN: true, holds: [] };

test('criteria are read wherever the mapping says they are: in a sub-document or beside the other fields', () => {
  const nested = reader(
    '    criteria: wants\n    bedroomsMin: wants.sleeps\n    listPriceMax: { path: wants.ceiling }\n',
  );
  assert.deepEqual(nested({ wants: { towns: ['Brevard'], sleeps: '3', ceiling: '450k' } }), {
    ...read,
    criteria: { cities: ['Brevard'], bedroomsMin: 3, listPriceMax: 450_000 },
  });
  const flat = reader(
    '    cities: place\n    listPriceMax: ceiling\n    propertySubTypes: { from: abode, words: { Cabin: Single family } }\n',
  );
  assert.deepEqual(flat({ place: 'Brevard', ceiling: 450_000, abode: ['Cabin', 'Condo'], memo: 'call her' }), {
    ...read,
    criteria: {
      cities: ['Brevard'],
      listPriceMax: 450_000,
      propertySubTypes: ['Single Family Residence', 'Condominium'],
    },
  });
  const inside = reader('    cities: prefs.place\n');
  assert.deepEqual(inside({ prefs: { place: 'Brevard', note: 'x' } }), { ...read, criteria: { cities: ['Brevard'] } });
});

test('what a mapping does not name still puts a search on hold, and so does what cannot be read', () => {
  const nested = reader('    criteria: wants\n    bedroomsMin: wants.sleeps\n');
  const unknown = nested({ wants: { sleeps: 3, garage: 'double' } });
  assert.ok(typeof unknown === 'object');
  assert.deepEqual(unknown.holds, ['criteria criterion-unknown {"garage":"double"}']);
  const unclear = nested({ wants: { sleeps: 'many' } });
  assert.ok(typeof unclear === 'object');
  assert.match(unclear.holds[0]!, /^criteria \S+ \{"wants\.sleeps":"many"\}$/);
  // Also where the document has a query that the mapping does not mention.
  const flat = reader('    cities: place\n');
  for (const name of ['query', 'criteria', 'filters']) {
    const beside = flat({ place: 'Brevard', [name]: { maxPrice: 1 } });
    assert.ok(typeof beside === 'object');
    assert.match(beside.holds[0] ?? '', /^criteria criterion-outside-query/, name);
  }
  assert.equal(flat({ place: '' }), 'criteria-missing');
});

test('criteria that need not all hold put a search on hold, wherever the document says so', () => {
  const inside = reader('    criteria: wants.rules\n    bedroomsMin: wants.sleeps\n');
  const beside = reader('    criteria: rules\n');
  const rules = [{ field: 'city', op: '=', value: 'Brevard' }];
  for (const [name, word] of [
    ['match', 'any'],
    ['matchType', 'ANY'],
    ['logic', 'or'],
    ['filter_operator', 'At least one'],
  ] as const) {
    for (const said of [inside({ wants: { rules, [name]: word } }), beside({ rules, [name]: word })]) {
      assert.match(holdsOf(said).join(), /^criteria criterion-outside-query/, name);
    }
  }
  const criteria = { cities: ['Brevard'] };
  for (const all of [{ match: 'all' }, { logic: 'AND' }, { combinator: 'and' }, { operator: 'jane' }, { type: 'x' }])
    assert.deepEqual(beside({ rules, ...all }), { ...read, criteria });
  // Beside a list of conditions nothing else surely means that all must hold; the old CRM's own queries always do.
  const object = reader('    criteria: wants\n');
  for (const name of ['match', 'combinator', 'logic', 'condition', 'conjunction', 'matchType']) {
    for (const word of [12, 'first', 'a or b', ['any'], { city: 'any' }]) {
      const said = { [name]: word };
      for (const unclear of [beside({ rules, ...said }), beside({ rules, options: { more: [said] } })])
        assert.match(holdsOf(unclear).join(), /^criteria criterion-outside-query/, JSON.stringify(said));
      if (name !== 'condition')
        assert.deepEqual(
          object({ wants: { towns: ['Brevard'] }, ...said }),
          { ...read, criteria },
          JSON.stringify(said),
        );
    }
  }
});

test('beside a list of conditions or a query string, whatever is not known to be something else puts the search on hold', () => {
  const criteria = { cities: ['Brevard'] };
  const conditions = [{ field: 'city', op: '=', value: 'Brevard' }];
  const more = [{ field: 'beds', op: '>=', value: 4 }];
  const inside = reader('    criteria: search.rules\n');
  const deeper = reader('    criteria: search.form.rules\n');
  const beside = reader('    criteria: rules\n');
  for (const rules of [conditions, JSON.stringify(conditions), 'city=Brevard']) {
    for (const known of [
      { name: 'Mine', _id: 3, createdAt: '2021-01-01', sort: 'price', match: 'all', extra: [], page: 2 },
      { frequency: null, active: true },
    ])
      for (const said of [
        inside({ search: { rules, ...known } }),
        deeper({ search: { form: { rules }, ...known } }),
        inside({ search: JSON.stringify({ rules, ...known }) }),
        inside({ search: typeof rules === 'string' ? { rules, ...known } : [{ rules, ...known }] }),
      ])
        assert.deepEqual(said, { ...read, criteria });
    for (const unknown of [
      { groups: [{ rules: more }] },
      { groups: { rules: more } },
      { path: '/condos' },
      { flags: ['new'] },
      { id: { not: 3 } },
      { negate: true },
    ])
      for (const said of [
        inside({ search: { rules, ...unknown } }),
        deeper({ search: { form: { rules }, ...unknown } }),
        deeper({ search: { form: { rules, ...unknown } } }),
        inside({ search: JSON.stringify({ rules, ...unknown }) }),
        inside({ search: typeof rules === 'string' ? { rules, ...unknown } : [{ rules, ...unknown }] }),
      ])
        assert.match(holdsOf(said).join(), /criterion-outside-query/, JSON.stringify(unknown));
    // Anywhere else only what is another query.
    assert.deepEqual(beside({ rules, note: 'x', tags: ['new'], prefs: { flag: true } }), { ...read, criteria });
    for (const also of [more, { rules: more }, [[more]], JSON.stringify(more), '?beds=4'])
      assert.match(holdsOf(beside({ rules, also })).join(), /criterion-outside-query/, JSON.stringify(also));
  }
  const several = inside({ search: [{ rules: conditions }, { rules: more }] });
  assert.match(holdsOf(several).join(), /^criteria criterion-outside-query \{"search":/);
  const object = reader('    criteria: search.query\n');
  for (const document of [{ more }, { search: { more } }])
    assert.match(
      holdsOf(object({ ...document, search: { ...document.search, query: { towns: ['Brevard'] } } })).join(),
      /^criteria criterion-outside-query \{"more":/,
    );
});

test('items of a list that each have several criteria may be alternatives, and put the search on hold', () => {
  const inside = reader('    cities: wants.where.place\n    bedroomsMin: wants.sleeps\n');
  for (const wants of [
    [{ where: { place: 'Brevard' }, sleeps: 3 }, { where: { place: 'Lantana' } }],
    [{ where: { place: 'Brevard' } }, { sleeps: 3 }],
  ])
    for (const said of [inside({ wants }), inside({ wants: JSON.stringify(wants) })])
      assert.match(holdsOf(said).join(), /^criteria criterion-outside-query \{"wants":/);
  const criteria = { cities: ['Brevard', 'Lantana'] };
  assert.deepEqual(inside({ wants: { where: [{ place: 'Brevard' }, { place: 'Lantana' }], sleeps: 3 } }), {
    ...read,
    criteria: { ...criteria, bedroomsMin: 3 },
  });
  const one = { where: { place: criteria.cities }, sleeps: 3 };
  assert.deepEqual(inside({ wants: [one, {}, { where: null, sleeps: '' }] }), {
    ...read,
    criteria: { ...criteria, bedroomsMin: 3 },
  });
  const first = reader('    cities: wants.0.where.place\n    bedroomsMin: wants.0.where.sleeps\n');
  const where = [{ place: 'Brevard', sleeps: 3 }, { place: 'Lantana' }];
  assert.match(holdsOf(first({ wants: [{ where }] })).join(), /criterion-outside-query/);
  const numbered = reader('    cities: wants.0.place\n    bedroomsMin: wants.1.sleeps\n');
  assert.deepEqual(numbered({ wants: [{ place: 'Brevard' }, { sleeps: 3 }] }), {
    ...read,
    criteria: { cities: ['Brevard'], bedroomsMin: 3 },
  });
});

test('what a mapping looks for criteria in, and cannot look into, puts the search on hold', () => {
  const inside = reader('    cities: prefs.city\n    listPriceMax: prefs.maxPrice\n    bedroomsMin: beds\n');
  const query = reader('    criteria: prefs.wants\n    bedroomsMin: beds\n');
  const conditions = [{ field: 'city', op: '=', value: 'Boca Raton' }];
  const unread = [
    '{"city":"Boca Raton","maxPrice":5000',
    'city=Boca+Raton&maxPrice=500000',
    'Boca Raton',
    conditions,
    JSON.stringify(conditions),
    conditions[0],
    [{ city: 'Brevard' }, { town: 'Lantana' }],
    [{ city: 'Brevard' }, { ...conditions[0], city: 'Lantana' }],
    [['Brevard']],
    true,
    7,
  ];
  for (const prefs of unread)
    for (const said of [inside({ beds: 3, prefs }), query({ beds: 3, prefs })])
      assert.match(holdsOf(said).join(), /criteria criterion-outside-query \{"prefs"/, JSON.stringify(prefs));
  for (const prefs of [null, '', [], {}, [{}], [null, { note: '' }]])
    assert.deepEqual(inside({ beds: 3, prefs }), { ...read, criteria: { bedroomsMin: 3 } }, JSON.stringify(prefs));
  for (const more of [{ rules: conditions }, { extra: '{"minBaths":2}' }, { extra: [JSON.stringify({ zip: 33462 })] }])
    assert.match(holdsOf(inside({ prefs: { city: 'Brevard', ...more } })).join(), /criterion-outside-query/);
  const switched = reader('    bedroomsMin: beds\n    activeYN: flags.paused\n    scheduleType: mail.cadence\n');
  assert.match(holdsOf(switched({ beds: 3, flags: '{"paused":tr' })).join(), /^activeYN not-yes-or-no/);
  assert.match(holdsOf(switched({ beds: 3, mail: '{"cadence":"nev' })).join(), /^scheduleType frequency-unknown/);
});

test('the words of a mapping count whatever its field is called', () => {
  for (const path of ['cadence', 'howSoon', 'notify.frequency']) {
    const [name, inner] = path.split('.') as [string, string?];
    const mapped = reader(
      `    criteria: wants\n    scheduleType: { from: ${path}, words: { each dawn: Daily, whenever: null } }\n`,
    );
    const saying = (word: string) =>
      mapped({ wants: { towns: ['Brevard'] }, [name]: inner === undefined ? word : { [inner]: word } });
    const criteria = { cities: ['Brevard'] };
    assert.deepEqual(saying('each dawn'), { ...read, criteria, scheduleType: 'Daily' }, path);
    assert.deepEqual(saying('whenever'), { ...read, criteria }, path);
    assert.deepEqual(saying('weekly'), { ...read, criteria, scheduleType: 'Weekly' }, path);
    const unknown = saying('now and then');
    assert.ok(typeof unknown === 'object');
    assert.match(unknown.holds.join(), /^scheduleType frequency-unknown/, path);
  }
  const constant = reader('    criteria: wants\n    scheduleType: { from: cadence, constant: Weekly }\n');
  const said = [{ cadence: 'daily' }, {}].map((fields) => constant({ wants: { towns: ['Brevard'] }, ...fields }));
  assert.deepEqual(
    said.map((one) => typeof one === 'object' && one.scheduleType),
    ['Daily', 'Weekly'],
  );
});

/** Why a search is on hold: `criteria criterion-outside-query {"size":…}`. */
const holdsOf = (said: ReturnType<ReturnType<typeof reader>>): readonly string[] =>
  typeof said === 'object' ? said.holds : [said];

test('a constant narrows every search that does not say it, and asks for nothing by itself', () => {
  const condos = reader('    criteria: wants\n    propertySubTypes: { from: wants.abode, constant: Condominium }\n');
  const cities = ['Brevard'];
  for (const abode of [undefined, null, '', []]) {
    const criteria = { cities, propertySubTypes: ['Condominium'] };
    assert.deepEqual(condos({ wants: { towns: cities, abode } }), { ...read, criteria });
  }
  assert.deepEqual(condos({ wants: { towns: cities, abode: 'Townhouse' } }), {
    ...read,
    criteria: { cities, propertySubTypes: ['Townhouse'] },
  });
  assert.equal(condos({ wants: {} }), 'criteria-missing');
  assert.equal(condos({}), 'criteria-missing');
  const unknown = readMapping(
    'name: x\nsavedSearches:\n  collections: a\n  fields: { propertySubTypes: { constant: Igloo } }\n',
  );
  assert.ok('problems' in unknown);
  assert.match(unknown.problems[0]!.message, /does not know `Igloo` as a value of propertySubTypes/);
});

test('criteria are read at any depth and in lists, and what is left there puts the search on hold', () => {
  for (const query of ['', '    criteria: search\n']) {
    const deep = reader(
      `${query}    listPriceMin: search.price.least\n    listPriceMax: search.price.most\n    cities: search.places.name\n    bedroomsMin: search.rooms.0\n`,
    );
    const search = {
      price: { least: 100_000, most: 450_000 },
      places: [{ name: 'Brevard' }, { name: 'Lantana' }],
      rooms: [3],
    };
    const criteria = {
      cities: ['Brevard', 'Lantana'],
      listPriceMin: 100_000,
      listPriceMax: 450_000,
      bedroomsMin: 3,
    };
    assert.deepEqual(deep({ search }), { ...read, criteria }, query);
    for (const more of [
      { price: { ...search.price, exclude: ['x'] } },
      { price: { ...search.price, place: { zip: '33462' } } },
      { places: [...search.places, { zip: '33462' }] },
      { places: [...search.places, 'Delray Beach'] },
      { rooms: [3, 5] },
      { home: { type: 'Condo' } },
    ])
      assert.notDeepEqual(holdsOf(deep({ search: { ...search, ...more } })), [], `${query} ${JSON.stringify(more)}`);
    // A query has names of its own for these.
    for (const [more, limit] of [
      [{ size: '>2000' }, { livingAreaMin: 2000 }],
      [{ types: ['Condo'] }, { propertySubTypes: ['Condominium'] }],
    ]) {
      const narrower = deep({ search: { ...search, ...more } });
      if (query === '') assert.notDeepEqual(holdsOf(narrower), []);
      else assert.deepEqual(narrower, { ...read, criteria: { ...criteria, ...limit } });
    }
  }
});

test('sub-documents with entries of the same name all count', () => {
  const two = reader('    cities: prefs.place\n    scheduleType: mail.cadence\n');
  const criteria = { cities: ['Brevard'] };
  const said = (maxPrice: unknown) =>
    two({ one: 1, prefs: { place: 'Brevard', maxPrice }, mail: { cadence: 'daily', maxPrice: null } });
  assert.deepEqual(said(null), { ...read, criteria, scheduleType: 'Daily' });
  assert.match(holdsOf(said(1)).join(), /criterion-outside-query \{"prefs\.maxPrice":1\}/);
});

test('of two queries, one is read, and the other puts the search on hold', () => {
  const either = reader('    criteria: [wants, form]\n');
  const criteria = { cities: ['Brevard'] };
  for (const name of ['wants', 'form'])
    assert.deepEqual(either({ wants: null, form: null, [name]: { towns: ['Brevard'] } }), { ...read, criteria });
  const both = either({ wants: { towns: ['Brevard'] }, form: { maxPrice: 1 } });
  assert.match(holdsOf(both).join(), /criterion-outside-query \{"form":/);
});

test('what kind of document it is does not narrow a search', () => {
  const search = reader('    criteria: wants\n');
  const criteria = { cities: ['Brevard'] };
  for (const name of ['type', 'kind'])
    assert.deepEqual(search({ [name]: 'search', wants: { towns: ['Brevard'] } }), { ...read, criteria });
});

test('no other switch turns on a search that a mapping says is off, and a nested switch says what its name says', () => {
  const wants = { towns: ['Brevard'] };
  const isOn = (fields: string, document: object) => {
    const said = reader(`    criteria: wants\n${fields}`)({ wants, ...document });
    return typeof said === 'object' && said.activeYN;
  };
  const off = '    activeYN: { from: on, constant: false }\n';
  assert.equal(isOn(off, {}), false);
  assert.equal(isOn(off, { emailAlerts: true }), false);
  assert.equal(isOn(off, { on: true }), true);
  for (const [path, paused] of [
    ['paused', { paused: true }],
    ['flags.paused', { flags: { paused: true } }],
  ] as const)
    assert.equal(isOn(`    activeYN: ${path}\n`, paused), false, path);
});

test('criteria that are kept as JSON text are read at any path, and what is left there counts', () => {
  const inside = reader('    bedroomsMin: prefs.wants.sleeps\n    cities: prefs.places.name\n');
  const wants = { sleeps: 3 };
  const places = [{ name: 'Brevard' }];
  const criteria = { cities: ['Brevard'], bedroomsMin: 3 };
  for (const prefs of [
    { wants, places },
    JSON.stringify({ wants, places }),
    { wants: JSON.stringify(wants), places: JSON.stringify(places) },
    JSON.stringify({ wants: JSON.stringify(wants), places: places.map((place) => JSON.stringify(place)) }),
  ])
    assert.deepEqual(inside({ prefs }), { ...read, criteria }, JSON.stringify(prefs));
  for (const more of [{ maxPrice: 1 }, { wants: { ...wants, type: 'Condo' } }, { places: [...places, 'Lantana'] }])
    assert.notDeepEqual(
      holdsOf(inside({ prefs: JSON.stringify({ wants, places, ...more }) })),
      [],
      JSON.stringify(more),
    );
  const query = reader('    criteria: prefs\n    bedroomsMin: prefs.sleeps\n');
  const said = query({ prefs: JSON.stringify({ sleeps: 3, garage: 'double' }) });
  assert.deepEqual(holdsOf(said), ['criteria criterion-unknown {"garage":"double"}']);
  assert.deepEqual(holdsOf(inside({ prefs: '{"wants":' })), [
    'criteria criterion-outside-query {"prefs":"{\\"wants\\":"}',
  ]);
});

test('criteria in other shapes are read through a mapping as they are elsewhere', () => {
  const mapped = reader('    criteria: filters\n    polygon: map.bounds\n');
  const bounds = { north: 26.4, south: 26.3, east: -80, west: -80.1 };
  const polygon = [
    [-80.1, 26.3],
    [-80, 26.3],
    [-80, 26.4],
    [-80.1, 26.4],
  ];
  for (const filters of [
    [{ field: 'city', op: '=', value: 'Brevard' }],
    '?city=Brevard',
    { areas: [{ type: 'city', name: 'Brevard' }] },
  ]) {
    assert.deepEqual(mapped({ filters, map: { bounds } }), { ...read, criteria: { cities: ['Brevard'], polygon } });
    assert.match(holdsOf(mapped({ filters, map: { bounds: { ...bounds, zoom: 3 } } })).join(), /not-a-polygon/);
  }
  assert.match(
    holdsOf(mapped({ filters: [{ field: 'city', op: '!=', value: 'Brevard' }] })).join(),
    /criterion-unclear/,
  );
  assert.equal(reader('    cities: places\n')({ places: '[]' }), 'criteria-missing');
});
