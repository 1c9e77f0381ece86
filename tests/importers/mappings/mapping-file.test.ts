import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { Long, ObjectId } from 'bson';
import { mapLead } from '../../../importers/legacy/leads.ts';
import { mapListing } from '../../../importers/legacy/listings.ts';
import { isTaken } from '../../../importers/mappings/filter.ts';
import { valueAt } from '../../../importers/mappings/path.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { compiled, problems } from './support/mapping-text.ts';

const listingWith = (fields: string, document: object) => {
  const { types } = compiled(`name: x\nlistings:\n  collections: homes\n  fields:\n${fields}`);
  const mapped = mapListing(types.listings!.look(document as Readonly<Record<string, unknown>>, ''));
  assert.ok('payload' in mapped, JSON.stringify(mapped));
  return mapped.payload.fields;
};

suite('a mapping file', () => {
  test('names line, column and key of every mistake, and what was probably meant', () => {
    assert.deepEqual(problems('name: x\nlistings:\n  collections: homes\n  fields:\n    listPric: price\n'), [
      '5:5 listings.fields.listPric: `listPric` is not a field of listings. Did you mean `listPrice`?',
    ]);
    assert.deepEqual(problems('name: x\nlisting:\n  collections: homes\n'), [
      '2:1 listing: `listing` is not a key that a mapping can have here. Did you mean `listings`?',
    ]);
    assert.match(
      problems('name: x\nlistings:\n  collections: []\n  fields: {}\n')[0]!,
      /^3:3 listings\.collections: Needs/,
    );
    assert.match(problems('name: x\nlistings:\n  collections: a\n  fields: {city: a..b}\n')[0]!, /^4:12 .*city.*empty/);
    assert.match(problems('name: [')[0]!, /^\d+:\d+ : This is not YAML/);
    assert.match(problems('')[0]!, /name/);
  });

  test('names the place of a mistake as it is in the file, also within tables and short forms', () => {
    const listings = (collections: string, field: string) =>
      problems(`name: x\nlistings:\n  collections: ${collections}\n  fields:\n    standardStatus: ${field}\n`);
    const words = 'must be one word (or a number, true, false or null)';
    assert.deepEqual(listings('homes', '{path: st, words: {Pend: {a: 1}}}'), [
      `5:40 listings.fields.standardStatus.words.Pend: ${words.replace('must', 'Must')}.`,
    ]);
    assert.match(listings('homes', '[st, 12]')[0]!, /^5:26 listings\.fields\.standardStatus\.1: Must be a path/);
    assert.match(
      listings('{name: homes, where: {kind: {gt: 3}}}', 'st')[0]!,
      /^3:38 listings\.collections\.where\.kind: Must be a value/,
    );
    assert.match(listings('homes', '*st')[0]!, /^5:21 : `\*st` repeats nothing/);
  });

  test('is rejected if a record type has no fields', () => {
    const [problem, ...others] = problems('name: x\nlistings:\n  collections: homes\n  fields: {}\n');
    assert.match(problem!, /^4:3 listings\.fields: Is empty: give at least one field and the path /);
    assert.deepEqual(others, []);
  });

  test('is rejected if a record type has a collection twice, unless filters take different documents', () => {
    const listings = (collections: string) =>
      problems(`name: x\nlistings:\n  collections:\n${collections}\n  fields: {listPrice: price}\n`);
    const twice = '`homes` is here twice: remove one, or give each a `where` that takes other documents.';
    const [place, filtered] = ['5:7 listings.collections.1', '{name: homes, where: {kind: a, sold: true}}'];
    for (const [one, other] of [
      ['homes', 'homes'],
      ['homes', '{name: homes}'],
      ['homes', filtered],
      [filtered, 'homes'],
      [filtered, '{name: homes, where: {sold: true, kind: a}}'],
    ])
      assert.deepEqual(listings(`    - ${one}\n    - ${other}`), [`${place}: ${twice}`]);
    assert.deepEqual(listings(`    - ${filtered}\n    - {name: homes, where: {kind: b}}`), []);
    assert.match(listings('    [homes, condos, homes]')[0]!, /^4:21 listings\.collections\.2: `homes` is here twice/);
  });

  test('is rejected if it says something that no reader understands', () => {
    const listings = (field: string) => problems(`name: x\nlistings:\n  collections: a\n  fields:\n    ${field}\n`);
    const mistakes = [
      ['standardStatus: {path: st, words: {Akt: Aktive}}', '5:40 listings.fields.standardStatus.words.Akt', 'Aktive'],
      ['standardStatus: {from: st, constant: Actve}', '5:32 listings.fields.standardStatus.constant', 'Actve'],
      ['propertyType: {from: [{path: t, words: {W: Wohnung}}]}', '5:45 listings.fields.propertyType.from.0', 'Wohnung'],
      ['lotSizeSquareFeet: {path: lot, unit: hectars}', '5:36 listings.fields.lotSizeSquareFeet.unit', 'hectars'],
    ] as const;
    for (const [field, place, word] of mistakes) {
      const [problem, ...others] = listings(field);
      assert.deepEqual(others, []);
      assert.ok(problem!.startsWith(place) && problem!.includes(`openhouse does not know \`${word}\``), problem);
    }
    assert.deepEqual(
      listings('standardStatus: {path: st, words: {Akt: active, "?": null}, constant: Coming Soon}'),
      [],
    );
    assert.deepEqual(listings('lotSizeSquareFeet: {path: lot, unit: m²}'), []);
  });

  test('is told which words a field can be, all of which its reader understands', () => {
    const fields = {
      leads: ['leadStage'],
      listings: ['standardStatus', 'propertyType', 'propertySubType'],
      savedSearches: ['scheduleType', 'propertySubTypes', 'standardStatuses'],
      leadAssignments: ['status'],
      activities: ['activityType'],
    };
    for (const [type, slots] of Object.entries(fields)) {
      for (const slot of slots) {
        const withConstant = (word: string) =>
          problems(`name: x\n${type}:\n  collections: a\n  fields:\n    ${slot}: {path: b, constant: "${word}"}\n`);
        const [problem] = withConstant('Xyzzy');
        const words = /it can be (.*)\.$/.exec(problem ?? '')?.[1]?.split(/, | or /) ?? [];
        assert.ok(words.length > 3, `${slot}: ${problem}`);
        for (const word of words) assert.deepEqual(withConstant(word), [], word);
      }
    }
  });

  test('has only messages in plain English, whatever is in it', () => {
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom('price', 'homes', null, [], {}));
    const type = fc.record(
      {
        collections: value,
        fields: fc.oneof(value, fc.dictionary(fc.constantFrom('standardStatus', 'listPrice', 'listAgentKey'), value)),
      },
      { requiredKeys: [] },
    );
    const file = fc.record({ name: value, listings: fc.oneof(value, type), agents: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(file, (mapping) => {
        for (const problem of problems(JSON.stringify(mapping)))
          assert.doesNotMatch(problem, /undefined|tuple|expected|Invalid|nonoptional|\[object/);
      }),
      { numRuns: runs(300) },
    );
  });

  test('is rejected if it has a character that no name can have', () => {
    const odd = 'This text has a character that a name or word cannot have.';
    const listings = (collections: string, field: string) =>
      problems(`name: x\nlistings:\n  collections: ${collections}\n  fields: {standardStatus: ${field}}\n`);
    assert.deepEqual(listings('"a\\0b"', 'st'), [`3:16 : ${odd}`]);
    assert.deepEqual(listings('homes', '"\\ud800"'), [`4:28 : ${odd}`]);
    assert.deepEqual(listings('homes', '{path: st, words: {"a\\0": Active}}'), [`4:47 : ${odd}`]);
    assert.deepEqual(listings('homes', '{path: st, words: {"\\U0001F600": Active}}'), []);
  });

  test('is rejected in plain English, whatever it repeats and however deep it is nested', () => {
    const nested = (open: string) => problems(`name: x\nlistings: ${open.repeat(20_000)}`);
    for (const problem of [nested('['), nested('{a: ')].flat())
      assert.match(problem, /: The file is nested too deeply for a mapping\.$/);
    assert.deepEqual(problems('name: x\nlistings: *a\nagents: &a {}\n'), [
      '2:11 : `*a` repeats nothing: no `&a` is before it.',
    ]);
    assert.match(problems('name: x\nlistings: &a {fields: *a}\n').join(), /`fields` is not a field of listings/);
    const manyTimes = problems(`name: x\nagents: &a {}\nleads: [${'*a, '.repeat(50_000)}]\n`);
    assert.match(manyTimes.join(), /: A name with `\*` repeats something too often/);
  });

  test('in the documentation is valid', async () => {
    const page = await readFile(new URL('../../../docs/moving-off-the-old-crm.md', import.meta.url), 'utf8');
    const [, yaml] = /^```yaml\n([\s\S]*?)^```/m.exec(page)!;
    assert.deepEqual(problems(yaml!), []);
  });

  test('suggests the field that begins like an unknown one, rather than one spelled like it', () => {
    const [problem] = problems('name: x\nlistings:\n  collections: homes\n  fields:\n    bathroomsTotal: baths\n');
    assert.match(problem!, /Did you mean `bathroomsTotalInteger`/);
  });

  test('rejects a reference to a key that its target does not have', () => {
    const leads =
      'leads:\n  collections: people\n  fields:\n    email: mail\n    ownerMemberKey: {from: agent, refersTo: ';
    assert.match(problems(`name: x\n${leads}memberMlsId}\n`)[0]!, /agents\.fields does not say where/);
    assert.match(problems(`name: x\n${leads}licence}\n`)[0]!, /must be one of _id, email, memberKey, memberMlsId/i);
    const agents = 'agents:\n  collections: staff\n  fields: {memberMlsId: mls}\n';
    assert.deepEqual(problems(`name: x\n${agents}${leads}memberMlsId}\n`), []);
  });

  test('has another version when anything in it that matters changes, and only then', () => {
    const version = (yaml: string) => compiled(yaml).version;
    const first = version('name: x\nleads:\n  collections: people\n  fields: {email: mail}\n');
    assert.equal(version('name: y\nabout: z\nleads: {collections: [people], fields: {email: [mail]}}'), first);
    assert.notEqual(version('name: x\nleads:\n  collections: people\n  fields: {email: email}\n'), first);
  });
});

suite('a field of a mapping', () => {
  test('takes the first path that has something', () => {
    const fields = '    listingId: id\n    standardStatus: [mls.status, status]\n';
    assert.equal(listingWith(fields, { id: 'R1', mls: { status: ' ' }, status: 'P' }).standardStatus, 'Pending');
    assert.equal(listingWith(fields, { id: 'R1', mls: { status: 'Sold' }, status: 'P' }).standardStatus, 'Closed');
  });

  test('knows words, in any spelling, units and constants', () => {
    const fields = [
      '    listingId: id',
      '    standardStatus: {from: st, words: {Vendu: Closed, 7: Pending, "?": null}, constant: Active}',
      '    lotSizeSquareFeet: {from: lot, unit: acres}',
      '    livingArea: {path: size.n, unit: {path: size.unit}}',
      '',
    ].join('\n');
    const home = { id: 'R1', lot: 0.25, size: { n: Long.fromNumber(100), unit: 'm²' } };
    const { standardStatus, lotSizeSquareFeet, livingArea } = listingWith(fields, { ...home, st: 'VENDU ' });
    assert.deepEqual([standardStatus, lotSizeSquareFeet, livingArea], ['Closed', 10_890, 1_076.39]);
    assert.equal(listingWith(fields, { ...home, st: 7 }).standardStatus, 'Pending');
    assert.equal(listingWith(fields, { ...home, st: '?' }).standardStatus, 'Active');
  });

  test('knows which number of a date is the day', () => {
    const fields = (order: string) =>
      `    listingId: id\n    standardStatus: {constant: Closed}\n    closeDate: {path: d, dateOrder: ${order}}\n`;
    const closed = (d: unknown, order = 'day-first') => listingWith(fields(order), { id: 'R1', d });
    for (const [found, expected] of [
      ['02.05.2024', '2024-05-02'],
      ['2/5/2024', '2024-05-02'],
      ['02-05-2024 23:59', '2024-05-02'],
      ['02.05.24', '2024-05-02'],
      ['2024-05-02', '2024-05-02'],
      ['May 2, 2024', '2024-05-02'],
      // No day of the order given.
      ['05/17/2024', '2024-05-17'],
      [new Date('2024-05-02T10:00:00Z'), '2024-05-02'],
    ] as const) {
      const { closeDate, warnings } = closed(found);
      assert.deepEqual([closeDate, warnings], [expected, undefined], String(found));
    }
    assert.equal(closed('05.02.2024', 'month-first').closeDate, '2024-05-02');
    assert.equal(closed('32.05.2024').closeDate, undefined);
    assert.deepEqual(problems(`name: x\nlistings:\n  collections: homes\n  fields:\n${fields('us')}`), [
      '7:26 listings.fields.closeDate.dateOrder: Must be day-first or month-first.',
    ]);
    assert.deepEqual(
      problems('name: x\nlistings:\n  collections: homes\n  fields:\n    city: {path: c, dateOrder: day-first}\n'),
      ['5:21 listings.fields.city.dateOrder: `city` is not a date.'],
    );
  });

  test('has words as they are written: codes with zeros in front are no numbers', () => {
    const mapping = compiled(
      'name: x\nlistings:\n  collections: homes\n  fields: {standardStatus: {from: st, words: {01: Active, 1: Closed, no: Pending, 1e2: Expired}}}\n',
    );
    const statusOf = (st: unknown) => mapping.types.listings!.look({ st }, 'homes.bson@0').first('standardStatus');
    assert.deepEqual(['01', '1', 1, 'no', '1e2', 100].map(statusOf), [
      'Active',
      'Closed',
      'Closed',
      'Pending',
      'Expired',
      100,
    ]);
  });

  test('refers to an _id, to a key of its own kind in any spelling, or to an e-mail address', () => {
    const { types } = compiled(`
name: x
agents: {collections: staff, fields: {memberMlsId: no, memberEmail: mail}}
leads:
  collections: people
  fields:
    email: mail
    ownerMemberKey: [{path: a, refersTo: memberMlsId}, {path: b, refersTo: email}, c]
`);
    const owner = (document: object) => {
      const mapped = mapLead(types.leads!.look({ mail: 'a@example.com', ...document }, ''));
      return 'payload' in mapped ? mapped.agentRef : undefined;
    };
    const names = (no: unknown) => types.agents!.look({ no }, '').names();
    for (const no of [3001, '3001', ' 3001.0 ', Long.fromNumber(3001)]) {
      assert.deepEqual([owner({ a: no }), ...names(no)], ['key:memberMlsId:3001', 'key:memberMlsId:3001']);
    }
    assert.deepEqual([owner({ a: 'rx.17' }), ...names('RX.17')], ['key:memberMlsId:RX.17', 'key:memberMlsId:RX.17']);
    assert.equal(owner({ b: 'Bo@Example.com' }), 'email:bo@example.com');
    assert.equal(owner({ c: new ObjectId('5f0000000000000000000001') }), 'id:5f0000000000000000000001');
  });
});

test('a path finds values in sub-documents, lists and names with dots, and nothing that objects inherit', () => {
  const document = JSON.parse(
    '{"a":{"b":[{"c":1},{"c":[2,3]},{}]},"x.y":{"z":4},"__proto__":{"in":5},"d":{"e.f":6},"l":["p","q"]}',
  ) as object;
  const found = ['a.b.c', 'a.b.1.c', 'x.y.z', '__proto__.in', 'd.e.f', 'l.1', 'a.b.9.c'].map((path) =>
    valueAt(document, path),
  );
  assert.deepEqual(found, [[1, 2, 3], [2, 3], 4, 5, 6, 'q', undefined]);
  for (const path of ['constructor', 'toString.name', 'a.constructor.name', '__proto__.polluted', 'l.length'])
    assert.equal(valueAt(document, path), undefined, path);
  assert.equal(valueAt({ id: new ObjectId() }, 'id.buffer'), undefined);
});

test('a filter takes documents by value, list, absence and presence', () => {
  const { types } = compiled(`
name: x
leads:
  collections: {name: people, where: {kind: [Buyer, Seller], "flags.staff": {not: true}, gone: {exists: false}}}
  fields: {email: mail}
`);
  const { where } = types.leads!.collections[0]!;
  assert.ok(isTaken({ kind: 'buyer' }, where));
  assert.ok(isTaken({ kind: ['x', 'Seller'], flags: [{ staff: false }] }, where));
  assert.ok(!isTaken({ kind: 'agent' }, where));
  assert.ok(!isTaken({ kind: 'buyer', flags: { staff: true } }, where));
  assert.ok(!isTaken({ kind: 'buyer', gone: new Date() }, where));
  assert.ok(!isTaken({}, where));
});
