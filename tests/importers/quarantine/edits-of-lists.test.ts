import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { editEntry } from '../../../importers/quarantine/edit-entry.ts';
import { type Change, correctedDocument } from '../../../importers/staging/edits/changes.ts';
import { testImporter } from '../support/importer.ts';
import { because, deps, edit, entryOf, unreachable } from './corrections.ts';

test('a correction that is made again changes nothing, also if it was interrupted', async (t) => {
  const importer = await testImporter(t);
  await importer.import({ contacts: [unreachable({ phone: 'x', phones: ['a', 'b', 'c'] })] });
  const id = await entryOf(importer, 'contacts');
  const edits = async () => (await sql`select from ops.quarantine_edit`.execute(importer.db)).rows.length;
  const changes = [{ path: 'phone', unset: true as const }];
  for (let times = 0; times < 2; times++) await edit(importer, id, changes);
  assert.equal(await edits(), 1);
  const first = [{ path: 'phones.0', unset: true as const }];
  for (let times = 0; times < 2; times++) await edit(importer, id, first);
  assert.equal(await edits(), 2);
  await sql`update ops.import_run set result = 'failed'`.execute(importer.db);
  await edit(importer, id, first);
  assert.equal(await edits(), 2);
  const done = await edit(importer, id, [{ path: 'email', value: 'ana@example.com' }]);
  assert.equal(done.resolved, true);
  const before = (await importer.events()).length;
  await edit(importer, id, [{ path: 'email', value: 'ana@example.com' }]);
  assert.deepEqual([await edits(), (await importer.events()).length], [3, before]);
});

test('the places of a list are those of the document as it is in the old CRM, whatever was removed before', () => {
  const document = { phones: ['a', 'b', { number: 'c' }] };
  const corrected = (...changes: readonly Change[]) => correctedDocument(document, changes).phones;
  const unset = (place: string): Change => ({ path: `phones.${place}`, unset: true });
  const set = (place: string, value: string): Change => ({ path: `phones.${place}`, value });
  assert.deepEqual(corrected(unset('0'), unset('0')), ['b', { number: 'c' }]);
  assert.deepEqual(corrected(unset('0'), set('2.number', 'd'), unset('0')), ['b', { number: 'd' }]);
  assert.deepEqual(corrected(unset('0'), unset('1')), [{ number: 'c' }]);
  assert.deepEqual(corrected(unset('0'), set('3', 'd'), set('3', 'd')), ['b', { number: 'c' }, 'd']);
  assert.deepEqual(corrected(unset('2'), set('2', 'd')), ['a', 'b', 'd'], 'which takes back the removal');
  assert.throws(() => corrected(unset('2'), set('2.number', 'd')), /phones.2 was removed: set it as a whole/);
  assert.deepEqual(document, { phones: ['a', 'b', { number: 'c' }] });
});

test('corrections by an older release keep their meaning, in which a removed item left its place to the next one', async (t) => {
  const document = { phones: ['a', 'b', { number: 'c' }, 'd'] };
  const older = (path: string, value?: string): Change =>
    value === undefined ? { path, unset: true, skipsRemoved: true } : { path, value, skipsRemoved: true };
  const corrected = (...changes: readonly Change[]) => correctedDocument(document, changes).phones;
  assert.deepEqual(corrected(older('phones.0'), older('phones.0')), [{ number: 'c' }, 'd']);
  assert.deepEqual(corrected(older('phones.1'), older('phones.1.number', 'x')), ['a', { number: 'x' }, 'd']);
  assert.deepEqual(corrected(older('phones.0'), older('phones.3', 'e')), ['b', { number: 'c' }, 'd', 'e']);
  const now: Change = { path: 'phones.3', unset: true };
  assert.deepEqual(corrected(older('phones.0'), now, older('phones.0')), [{ number: 'c' }]);
  assert.throws(() => corrected(older('phones.3'), older('phones.3')), /there is nothing at/);

  const importer = await testImporter(t);
  await importer.import({ contacts: [unreachable({ tags: ['vip', 'cash', 'pets'] })] });
  const id = await entryOf(importer, 'contacts');
  const first = [{ path: 'tags.0', unset: true as const }];
  await edit(importer, id, first);
  // As an older release stores them, which may still be running.
  await sql`update ops.quarantine_edit set skips_removed_yn = default`.execute(importer.db);
  await sql`
    insert into ops.quarantine_edit
      (quarantine_id, collection, document_key, legacy_id, content_hash, changes, edited_by, because, edited_at)
    select quarantine_id, collection, document_key, legacy_id, content_hash, changes, edited_by, because, edited_at
    from ops.quarantine_edit`.execute(importer.db);
  await edit(importer, id, first);
  const { record } = await edit(importer, id, [{ path: 'email', value: 'ana@example.com' }], { dryRun: true });
  assert.deepEqual(record?.fields.tags, ['pets']);
});

test('a correction of a list is made again between others without effect, and not of a newer version unseen', async (t) => {
  const importer = await testImporter(t);
  const ana = unreachable({ tags: ['vip', 'cash', 'pets'] });
  await importer.import({ contacts: [ana] });
  const id = await entryOf(importer, 'contacts');
  const first = [{ path: 'tags.0', unset: true as const }];
  const tags = async () => {
    const { record } = await edit(importer, id, [{ path: 'email', value: 'ana@example.com' }], { dryRun: true });
    return record?.fields.tags;
  };
  await edit(importer, id, first);
  await edit(importer, id, [{ path: 'name', value: 'Ana Lopez' }]);
  await edit(importer, id, first);
  assert.deepEqual(await tags(), ['cash', 'pets']);
  await importer.import({
    contacts: [{ ...ana, tags: ['cash', 'pets'], updatedAt: new Date('2026-11-01') }],
  });
  for (const change of [first, [{ path: 'tags.0', value: 'buyer' }]])
    await assert.rejects(edit(importer, id, change), { code: 'list-changed' });
  const { rows } = await sql<{ hash: string }>`select content_hash as hash from ops.quarantine`.execute(importer.db);
  const seen = { quarantineId: id, changes: first, by: 'dana', because, contentHash: rows[0]!.hash };
  await editEntry(deps(importer), seen);
  await edit(importer, id, first);
  assert.deepEqual(await tags(), ['pets']);
});

test('removing an item of a list removes no other', () => {
  const remove = (document: object, path: string) => correctedDocument(document as never, [{ path, unset: true }]);
  assert.deepEqual(remove({ phones: ['a', 'b', 'c'] }, 'phones.0'), { phones: ['b', 'c'] });
  assert.deepEqual(remove({ a: [{ b: ['x', 'y'] }] }, 'a.0.b.0'), { a: [{ b: ['y'] }] });
  assert.deepEqual(remove({ 'a.b': 1, a: { b: 2 } }, 'a.b'), { a: {} });
});
