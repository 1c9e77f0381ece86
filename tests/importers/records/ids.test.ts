import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Binary, DBRef, Decimal128, Double, Int32, Long, ObjectId, UUID } from 'bson';
import { sql } from 'kysely';
import { parseStreamName } from '../../../domain/events.ts';
import { keysMeantBy, nameOfId, namesOf } from '../../../domain/identity/legacy-id.ts';
import { documentKey } from '../../../importers/legacy/fields/ids/document-id.ts';
import { type Reference, readReference } from '../../../importers/legacy/fields/ids/reference.ts';
import { meant, type Target } from '../../../importers/staging/references/find-documents.ts';
import fc from '../../support/fast-check.ts';
import { activity, alertSent, assignment, contact, property, search, user } from '../support/documents.ts';
import { quarantined, type TestImporter, testImporter } from '../support/importer.ts';

const hex = '5f9a1b2c3d4e5f6a7b8c9d0e';
const uuid = '550e8400-e29b-41d4-a716-446655440000';
const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
const java = Buffer.concat([bytes.subarray(0, 8).reverse(), bytes.subarray(8).reverse()]);

/** The target of a reference among documents with these IDs: the document's key, `ambiguous`, or nothing. */
const meantAmong = (ids: readonly unknown[], reference: unknown): string | undefined => {
  const { value } = readReference(reference);
  if (value === undefined) return undefined;
  const targets = ids.map((id): Target => {
    const key = documentKey(id)!;
    return { legacyId: key, recordKey: `record of ${key}`, contactKey: null };
  });
  const called = (name: string) =>
    targets.filter(({ legacyId }) => legacyId === name || namesOf(legacyId).includes(name));
  const found = meant(value, called);
  return found === undefined || found === 'ambiguous' ? found : found.legacyId;
};

test('ordinary IDs are their own keys, so that an import after an upgrade recognises every document', () => {
  assert.equal(documentKey(new ObjectId(hex)), hex);
  assert.equal(documentKey('by-hand-7'), 'by-hand-7');
  assert.equal(documentKey(uuid), uuid);
  assert.equal(documentKey(17), '17');
  assert.deepEqual(['by-hand-7', hex, uuid, '17'].flatMap(namesOf), ['by-hand-7', hex, uuid, '17']);
});

test('IDs that differ in MongoDB have different keys', () => {
  const different = [
    17,
    '17',
    '17.0',
    1.5,
    '1.5',
    17n * 10n ** 30n,
    hex.toUpperCase(),
    hex,
    new ObjectId(hex),
    `"${hex}"`,
    'abc',
    ' abc ',
    uuid,
    new UUID(uuid),
    new Binary(bytes, 3),
    new Binary(bytes, 0),
    `UUID("${uuid}")`,
    true,
    'true',
    new Date(17),
    { a: 17 },
    { b: 17 },
    '{"a":17}',
    'a\0',
    'a\ufffd',
    'a\\u0000',
    '"a\\u0000"',
    'x'.repeat(500),
    'x'.repeat(501),
    Number.NaN,
    'NaN',
  ]; // prettier-ignore
  const keys = different.map(documentKey);
  assert.equal(new Set(keys).size, different.length, JSON.stringify(keys, null, 1));
  for (const key of keys) assert.ok(key !== undefined && key.length <= 200 && !key.includes('\0'));
});

test('IDs that are equal in MongoDB have the same key, whatever the numeric type', () => {
  const seventeen = [17, 17n, Long.fromNumber(17), new Int32(17), new Double(17), Decimal128.fromString('17.00')];
  for (const found of [...seventeen, Decimal128.fromString('1.7E+1')]) assert.equal(documentKey(found), '17');
  assert.equal(documentKey(-0), '0');
  assert.equal(documentKey(1e21), `1${'0'.repeat(21)}`);
});

test('a blank ID counts as missing', () => {
  for (const found of [undefined, null, '', '  ', '\t', '\u200b']) assert.equal(documentKey(found), undefined);
});

test('a reference finds its document, whichever spelling either of them uses', () => {
  const cases: readonly (readonly [id: unknown, references: readonly unknown[]])[] = [
    [
      new ObjectId(hex),
      [
        new ObjectId(hex),
        hex,
        hex.toUpperCase(),
        ` ${hex} `,
        `\u200b${hex}`,
        `ObjectId("${hex}")`,
        `ObjectId('${hex}')`,
        `new ObjectId("${hex}")`,
        `ObjectID(${hex})`,
        `{"$oid":"${hex}"}`,
        { $oid: hex },
        { _id: hex },
        [hex],
        `"${hex}"`,
        new DBRef('contacts', new ObjectId(hex)),
        { $ref: 'contacts', $id: new ObjectId(hex) },
        { id: hex, name: 'Ana' },
      ],
    ],
    [hex, [hex, new ObjectId(hex), `ObjectId("${hex.toUpperCase()}")`]],
    [hex.toUpperCase(), [hex, hex.toUpperCase(), new ObjectId(hex)]],
    [
      17,
      [
        17,
        '17',
        ' 17 ',
        '17.0',
        '1.7E+1',
        Long.fromNumber(17),
        Decimal128.fromString('17'),
        'NumberLong(17)',
        'NumberInt("17")',
        { $numberLong: '17' },
      ],
    ],
    ['17', ['17', 17, ' 17', '17.0']],
    ['abc', ['abc', ' abc ', '"abc"', "'abc'", '\u200babc']],
    [' abc ', [' abc ', 'abc']],
    [
      new UUID(uuid),
      [
        new UUID(uuid),
        uuid,
        uuid.toUpperCase(),
        `{${uuid}}`,
        `urn:uuid:${uuid}`,
        `UUID("${uuid}")`,
        uuid.replaceAll('-', ''),
        { $uuid: uuid },
      ],
    ],
    [uuid.toUpperCase(), [uuid, `{${uuid.toUpperCase()}}`, new UUID(uuid)]],
    [new Binary(bytes, 3), [new Binary(bytes, 3), uuid, `{${uuid.toUpperCase()}}`]],
    [new Binary(java, 3), [new Binary(java, 3), uuid, `urn:uuid:${uuid}`, new UUID(uuid)]],
    [new UUID(uuid), [new Binary(java, 3), new Binary(bytes, 3)]],
    [
      new Date('2024-01-02T03:04:05Z'),
      [new Date('2024-01-02T03:04:05Z'), '2024-01-02T03:04:05.000Z', '{"$date":"2024-01-02T03:04:05Z"}'],
    ],
    [{ a: 1, b: 'x' }, [{ a: 1, b: 'x' }]],
  ]; // prettier-ignore
  for (const [id, references] of cases) {
    for (const reference of references) {
      const bystanders = ['other', 18, new ObjectId()];
      assert.equal(
        meantAmong([...bystanders, id], reference),
        documentKey(id),
        `${String(reference)} of ${String(id)}`,
      );
    }
  }
});

test('a reference that could mean two documents gives a warning; one with a type is unambiguous', () => {
  assert.equal(meantAmong([17, '17'], '17'), 'ambiguous');
  assert.equal(meantAmong([17, '17'], 17), '17');
  assert.equal(meantAmong([hex, new ObjectId(hex)], hex), 'ambiguous');
  assert.equal(meantAmong([hex, new ObjectId(hex)], new ObjectId(hex)), hex);
  assert.equal(meantAmong(['abc', ' abc '], 'abc'), 'abc');
  assert.equal(meantAmong(['abc', ' abc '], 'abc  '), 'ambiguous');
});

test('a value that is not a reference gives a warning', () => {
  for (const found of [true, {}, [], ['a', 'b'], Number.NaN]) {
    assert.deepEqual(readReference(found), { warning: 'not-a-reference' }, String(found));
  }
  assert.deepEqual(readReference('  '), {});
});

const anyHex = fc.stringMatching(/^[0-9a-f]{24}$/);
const anyId = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.integer(),
  fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((number) => Math.round(number * 1000) / 1000),
  anyHex,
  anyHex.map((text) => new ObjectId(text)),
  fc.uuid(),
  fc.uuid().map((text) => new UUID(text)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((raw) => new Binary(raw, 3)),
  fc.date({ noInvalidDate: true }),
);

test('for any ID: its key is stable, and a reference of the same type finds it among others', () => {
  fc.assert(
    fc.property(anyId, fc.array(anyId, { maxLength: 5 }), (id, others) => {
      const key = documentKey(id);
      if (key === undefined) return;
      assert.ok(key.length <= 200);
      assert.equal(documentKey(id), key);
      const found = meantAmong([...others.filter((other) => documentKey(other) !== undefined), id], id);
      if (typeof id !== 'string') assert.equal(found, key);
      else assert.ok(id.includes('@') || found === key || found === 'ambiguous', `${id}: ${found}`);
    }),
  );
});

test('for any ID: its name and its key, typed as text, refer to it', () => {
  fc.assert(
    fc.property(anyId, (id) => {
      const key = documentKey(id);
      if (key === undefined || key.length > 100 || typeof id === 'string') return;
      assert.ok(keysMeantBy(key).includes(key));
      for (const name of namesOf(key)) assert.ok(keysMeantBy(name).includes(key), `${name} means ${key}`);
    }),
  );
});

test('for any text: the name of its name is its name', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), anyHex, fc.uuid()), (text) => {
      assert.equal(nameOfId(nameOfId(text)), nameOfId(text));
    }),
  );
});

const leadKeys = async (importer: TestImporter): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await importer.events()).flatMap(({ type, event, streamName }) =>
      type === 'LeadCaptured' && 'email' in event.data
        ? [[String(event.data.email), parseStreamName(streamName)!.key] as const]
        : [],
    ),
  );

test('the number 17, the text "17", an ObjectId and its digits are four people, each with their own records', async (t) => {
  const importer = await testImporter(t);
  const people = {
    'n@x.com': contact({ _id: 17, email: 'n@x.com' }),
    't@x.com': contact({ _id: '17', email: 't@x.com' }),
    'o@x.com': contact({ _id: new ObjectId(hex), email: 'o@x.com' }),
    'h@x.com': contact({ _id: hex, email: 'h@x.com' }),
  };
  const documents = {
    contacts: Object.values(people),
    savedsearches: [search(17), search(new ObjectId(hex)), search('17'), search(hex)],
  };
  const summary = await importer.import(documents);
  assert.equal(summary.collections.contacts?.applied, 4);
  const keys = await leadKeys(importer);
  assert.equal(Object.keys(keys).length, 4);
  const owners = (await importer.events()).flatMap(({ event }) =>
    event.type === 'SavedSearchCreated' ? [event.data.contactKey] : [],
  );
  assert.deepEqual(owners.sort(), [keys['n@x.com'], keys['o@x.com']].sort());
  assert.deepEqual(await quarantined(importer.db), [
    'savedsearches contact-ambiguous',
    'savedsearches contact-ambiguous',
  ]);
  assert.equal((await importer.import(documents)).events, 0);
});

test('references to binary UUIDs, in every spelling, find their lead, agent and home', async (t) => {
  const importer = await testImporter(t);
  const [agentId, leadId, homeId, searchId] = [0, 1, 2, 3].map((n) => `550e8400-e29b-41d4-a716-44665544000${n}`);
  const agent = user({ _id: new UUID(agentId), email: 'maria@x.com' });
  const raw = Buffer.from(leadId!.replaceAll('-', ''), 'hex');
  const buyer = contact({ _id: new Binary(raw, 3), assignedTo: agentId!.toUpperCase() });
  const home = property({ _id: new UUID(homeId), agentId: `{${agentId}}` });
  const wish = search(leadId, { _id: new UUID(searchId) });
  const summary = await importer.import({
    users: [agent],
    contacts: [buyer],
    properties: [home],
    savedsearches: [wish],
    leadassignments: [assignment(`urn:uuid:${leadId}`, new UUID(agentId), 'accepted', '2025-01-03')],
    activities: [activity(new Binary(raw, 3))],
    alerts_sent: [alertSent(`UUID("${searchId}")`, homeId!.replaceAll('-', ''))],
  });
  assert.deepEqual(await quarantined(importer.db), []);
  for (const [name, counts] of Object.entries(summary.collections)) {
    assert.deepEqual([counts.unresolvedReferences, counts.skipped], [0, 0], name);
  }
  const memory = await sql<{ count: string }>`select count(*) from ops.sent_memory`.execute(importer.db);
  assert.equal(memory.rows[0]?.count, '1');
});

test('an ambiguous reference to an agent is a warning on the record', async (t) => {
  const importer = await testImporter(t);
  await importer.import({
    users: [user({ _id: 17, email: 'a@x.com' }), user({ _id: '17', email: 'b@x.com' })],
    contacts: [contact({ assignedTo: '17' })],
  });
  const lead = (await importer.events()).find(({ type }) => type === 'LeadCaptured')!;
  assert.deepEqual((lead.event.data as { warnings?: unknown }).warnings, [
    { field: 'ownerMemberKey', code: 'reference-ambiguous', found: '17' },
  ]);
});

test('documents without a usable ID each have their own entry in quarantine', async (t) => {
  const importer = await testImporter(t);
  const documents = { contacts: [contact({ _id: '' }), contact({ _id: ' ' }), contact({ _id: null })] };
  const summary = await importer.import(documents);
  assert.deepEqual([summary.collections.contacts?.quarantined, summary.events], [3, 0]);
  assert.deepEqual(await quarantined(importer.db), Array(3).fill('contacts id-missing'));
});

test('equivalent references have the same text', () => {
  const same = (founds: readonly unknown[]) => new Set(founds.map((found) => readReference(found).value as Reference));
  assert.equal(same([hex, ` ${hex.toUpperCase()}`, `ObjectId("${hex}")`]).size, 1);
  assert.equal(same([17, Long.fromNumber(17), Decimal128.fromString('17.0')]).size, 1);
});
