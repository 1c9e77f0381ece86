import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EJSON, MaxKey, Timestamp } from 'bson';
import { sql } from 'kysely';
import type { ImportSummary } from '../../../importers/dump/import-dump.ts';
import { activity, assignment, contact, newId, property, user } from '../support/documents.ts';
import { temporaryFolder } from '../support/dump.ts';
import { quarantined, type TestImporter, testImporter } from '../support/importer.ts';

/**
 * Checks that the books of every collection balance, and that repeating the import appends nothing and reports the
 * same.
 */
const holds = async (importer: TestImporter, again: () => Promise<ImportSummary>) => {
  const first = await again();
  const second = await again();
  for (const { collections } of [first, second]) {
    for (const [name, c] of Object.entries(collections)) {
      assert.equal(c.read, c.applied + c.unchanged + c.merged + c.quarantined + c.skipped, name);
    }
  }
  assert.equal(second.events, 0);
  assert.deepEqual(second.quarantine, first.quarantine);
  return { first, waiting: await quarantined(importer.db) };
};

const nested = (depth: number): unknown => {
  let inner: unknown = 'bottom';
  for (let level = 0; level < depth; level++) inner = { inner };
  return inner;
};

test('characters that PostgreSQL cannot store do not stop an import, whether the document is valid or not', async (t) => {
  const importer = await testImporter(t);
  const documents = {
    contacts: [
      contact({ name: 'a\u0000b', notes: 'x\u0000y', tags: ['\u0000'] }),
      contact({ _id: 'id\u0000', email: 'n@x.com' }),
      contact({ email: 'a\u0000', name: '\u0000' }),
    ],
    properties: [property({ status: 'A\u0000ctve', description: '\u0000' })],
  };
  const { first, waiting } = await holds(importer, () => importer.import(documents));
  assert.deepEqual(waiting, ['contacts contact-missing', 'properties status-unreadable']);
  assert.equal(first.collections.contacts?.applied, 2);
  const { rows } = await sql<{ raw: string }>`
    select raw::text as raw from ops.quarantine where collection = 'properties'`.execute(importer.db);
  const raw = EJSON.parse(rows[0]!.raw) as { status: string };
  assert.equal(raw.status, 'A\u0000ctve', 'the document is kept unchanged');
});

test('an unpaired surrogate in JSON documents does not stop an import', async (t) => {
  const importer = await testImporter(t);
  const folder = temporaryFolder(t);
  const lines = [
    '{"_id":1,"email":"\\ud800k@x.com","phone":"5615550134","name":"Zo\\udc00 Lee","stage":"new"}',
    '{"_id":2,"email":"\\ud800","name":"\\udfff"}',
    '{"_id":"\\ud800","email":"good@x.com"}',
    '{"_id":3,"email":"slash@x.com","notes":"C:\\\\ud800"}',
  ];
  writeFileSync(join(folder, 'contacts.json'), lines.join('\n'));
  const { first, waiting } = await holds(importer, () => importer.importFolder(folder));
  assert.deepEqual(waiting, ['contacts contact-missing']);
  assert.equal(first.collections.contacts?.applied, 3);
  const captured = (await importer.events()).map(({ event }) => JSON.stringify(event.data));
  assert.ok(
    captured.some((data) => data.includes('C:\\\\ud800')),
    'text that only looks like an escape is left unchanged',
  );
});

test('keeps documents that are nested far too deeply, and reads those after them', async (t) => {
  const importer = await testImporter(t);
  const documents = {
    contacts: [
      contact({ notes: nested(3000) }),
      contact({ email: nested(3000), phone: undefined }),
      contact({ _id: nested(3000), email: 'deep@x.com' }),
      contact({ email: 'after@x.com' }),
    ],
  };
  const { first } = await holds(importer, () => importer.import(documents));
  assert.equal(first.collections.contacts?.read, 4);
  const { rows } = await sql<{ raw: object; reason: string }>`
    select raw, reason from ops.quarantine`.execute(importer.db);
  assert.ok(rows.length >= 1);
  for (const { raw, reason } of rows) {
    assert.ok(Object.keys(raw).length > 0, 'the whole document is kept, in one form or another');
    assert.match(reason, /[a-z]/);
  }
  const captured = (await importer.events()).map(({ event }) => JSON.stringify(event.data));
  assert.ok(captured.some((data) => data.includes('after@x.com')));
});

test('IDs of any type and length become separate records', async (t) => {
  const importer = await testImporter(t);
  const [agent, buyer] = [user(), contact()];
  const long = 'x'.repeat(10_000);
  const documents = {
    users: [agent],
    contacts: [buyer, contact({ _id: long }), contact({ _id: `${long}y` }), contact({ _id: { a: 1, b: long } })],
    properties: [property({ _id: new Date(8.64e15) }), property({ _id: new Timestamp({ t: 1, i: 2 }) })],
    activities: [{ ...activity(buyer._id), _id: long }, activity(long)],
    leadassignments: [{ ...assignment(buyer._id, agent._id, 'offered', '2025-01-01'), _id: new MaxKey() }],
  };
  const { first, waiting } = await holds(importer, () => importer.import(documents));
  assert.deepEqual(waiting, []);
  assert.equal(first.collections.contacts?.applied, 4);
  assert.equal(first.collections.activities?.applied, 2);
  assert.ok((await importer.types()).includes('LeadOffered'));
});

test('a repeated document and impossible dates do not stop an import', async (t) => {
  const importer = await testImporter(t);
  const twice = property();
  const documents = {
    properties: [
      twice,
      twice,
      property({ createdAt: new Date(8.64e15), updatedAt: new Date(-8.64e15), soldDate: new Date(8.64e15) }),
      property({ _id: newId(), updatedAt: '9999-99-99T99:99:99Z', status: 'Bananas' }),
    ],
  };
  const { first, waiting } = await holds(importer, () => importer.import(documents));
  assert.deepEqual(waiting, ['properties status-unreadable']);
  assert.deepEqual([first.collections.properties?.applied, first.collections.properties?.unchanged], [2, 1]);
});
