import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapSavedSearchIn } from '../../../importers/legacy/saved-searches.ts';
import { compileMapping } from '../../../importers/mappings/compile.ts';
import { readMapping } from '../../../importers/mappings/read-mapping.ts';

/** What a document says when it is read through a mapping with these fields. */
const reader = (fields: string) => {
  const text = `name: ours\nsavedSearches:\n  collections: watchlists\n  fields:\n    contactKey: prospect\n${fields}`;
  const mapping = readMapping(text);
  assert.ok('file' in mapping, JSON.stringify(mapping));
  const { look } = compileMapping(mapping.file).types.savedSearches!;
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
