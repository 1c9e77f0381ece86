import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { outcomeText } from '../../../cli/quarantine/text.ts';
import { isReadable } from '../../../eventstore/stored-event.ts';
import { dismissEntries } from '../../../importers/quarantine/dismiss-entries.ts';
import { type Edit, editEntry } from '../../../importers/quarantine/edit-entry.ts';
import { retryEntries } from '../../../importers/quarantine/retry-entries.ts';
import { withImportLease } from '../../../importers/running/import-run.ts';
import { until } from '../../support/until.ts';
import { activity, newId, property, search } from '../support/documents.ts';
import { now, quarantined, type TestImporter, testImporter } from '../support/importer.ts';
import { because, deps, edit, entryOf, unreachable } from './corrections.ts';

test('a corrected document becomes a record in the name of the person, and documents that waited for it are imported', async (t) => {
  const importer = await testImporter(t);
  const ana = unreachable();
  await importer.import({ contacts: [ana], savedsearches: [search(ana._id)], activities: [activity(ana._id)] });
  assert.deepEqual(await quarantined(importer.db), [
    'activities contact-not-found',
    'contacts contact-missing',
    'savedsearches contact-not-found',
  ]);
  const id = await entryOf(importer, 'contacts');
  const done = await edit(importer, id, [{ path: 'email', value: 'ana@example.com' }]);
  assert.equal(done.resolved, true);
  assert.deepEqual(done.alsoResolved, [
    { collection: 'activities', count: 1 },
    { collection: 'savedsearches', count: 1 },
  ]);
  assert.equal(done.record?.aggregate, 'lead');
  assert.equal(done.record?.fields.email, 'ana@example.com');
  assert.deepEqual(await quarantined(importer.db), []);
  const events = await importer.events();
  const [first, ...others] = events.map(({ metadata }) => metadata);
  assert.deepEqual(first?.actor, { kind: 'person', id: 'dana' });
  assert.deepEqual([first?.reason, first?.$causationId], [because, `quarantine-${id}`]);
  assert.ok(others.length >= 2 && others.every(({ actor }) => actor.kind === 'import'));
  assert.equal(done.events.length, events.length);
});

test('a rehearsed correction shows what would happen and changes nothing', async (t) => {
  const importer = await testImporter(t);
  const ana = unreachable();
  await importer.import({ contacts: [ana], savedsearches: [search(ana._id)] });
  const id = await entryOf(importer, 'contacts');
  const changes = [{ path: 'email', value: 'ana@example.com' }];
  const shown = await edit(importer, id, changes, { dryRun: true });
  assert.deepEqual(await importer.types(), []);
  assert.equal((await quarantined(importer.db)).length, 2);
  const { rows } = await sql`select from ops.quarantine_edit`.execute(importer.db);
  assert.equal(rows.length, 0);
  const done = await edit(importer, id, changes);
  assert.deepEqual(shown, done);
  assert.equal(done.events.length, 2);
});

test('a correction that does not suffice is kept, says what is still wrong, and is added to by the next one', async (t) => {
  const importer = await testImporter(t);
  await importer.import({ contacts: [unreachable({ name: '' })] });
  const id = await entryOf(importer, 'contacts');
  const first = await edit(importer, id, [{ path: 'name', value: 'Ana López' }]);
  assert.equal(first.resolved, false);
  assert.equal(first.reason?.code, 'contact-missing');
  const second = await edit(importer, id, [{ path: 'email', value: 'ana@example.com' }]);
  assert.deepEqual([second.record?.fields.firstName, second.record?.fields.email], ['Ana', 'ana@example.com']);
});

test('reading the corrected version again changes nothing', async (t) => {
  const importer = await testImporter(t);
  const documents = { contacts: [unreachable()] };
  await importer.import(documents);
  await edit(importer, await entryOf(importer, 'contacts'), [{ path: 'email', value: 'ana@example.com' }]);
  const again = await importer.import(documents);
  assert.deepEqual([again.events, again.collections.contacts?.unchanged], [0, 1]);
  // Also by other readers, which read it anew.
  await sql`update ops.import_document set readers = 'other'`.execute(importer.db);
  assert.equal((await importer.import(documents)).events, 0);
  assert.deepEqual(await quarantined(importer.db), []);
});

test('a newer valid version ends the correction; a newer invalid one comes back as an open entry', async (t) => {
  const importer = await testImporter(t);
  const ana = unreachable();
  await importer.import({ contacts: [ana] });
  const id = await entryOf(importer, 'contacts');
  await edit(importer, id, [{ path: 'email', value: 'ana@example.com' }]);
  await importer.import({ contacts: [{ ...ana, email: 'none', updatedAt: new Date('2025-03-01') }] });
  assert.deepEqual(await quarantined(importer.db), ['contacts contact-missing']);
  assert.equal(await entryOf(importer, 'contacts'), id);
  await importer.import({ contacts: [{ ...ana, email: 'ana@new.example.com', updatedAt: new Date('2025-04-01') }] });
  assert.deepEqual(await quarantined(importer.db), []);
  const { rows } = await sql<{ dropped: boolean }>`
    select dropped_at is not null as dropped from ops.quarantine_edit`.execute(importer.db);
  assert.deepEqual(rows, [{ dropped: true }]);
  const last = (await importer.events()).at(-1)!;
  assert.ok(isReadable(last));
  assert.equal(last.metadata.actor.kind, 'import');
});

test('a correction cannot take back an opt-out', async (t) => {
  const importer = await testImporter(t);
  await importer.import({ contacts: [unreachable({ unsubscribed: true })] });
  const id = await entryOf(importer, 'contacts');
  await edit(importer, id, [
    { path: 'unsubscribed', unset: true },
    { path: 'email', value: 'ana@example.com' },
  ]);
  assert.ok((await importer.types()).includes('LeadOptedOut'));
});

test('a document without an _id, and one of two with the same, get one by a correction, for good', async (t) => {
  const importer = await testImporter(t);
  const { _id, ...nameless } = property();
  const [one, other] = [
    property({ mlsId: 'RX-20000001' }),
    property({ mlsId: 'RX-20000002', address: '9 Elm St, Boca Raton, FL 33432' }),
  ];
  const documents = { properties: [nameless, one, { ...other, _id: one._id }] };
  await importer.import(documents);
  assert.deepEqual(await quarantined(importer.db), [
    'properties id-missing',
    'properties id-twice',
    'properties id-twice',
  ]);
  const { rows } = await sql<{ id: string; code: string }>`
    select quarantine_id::text as id, code from ops.quarantine order by code, quarantine_id`.execute(importer.db);
  const taken = { code: 'id-taken' };
  await assert.rejects(edit(importer, rows[1]!.id, [{ path: 'price', value: 1 }]), taken);
  await assert.rejects(edit(importer, rows[0]!.id, [{ path: '_id', value: { $oid: one._id.toHexString() } }]), taken);
  for (const { id } of rows.slice(0, 2)) {
    const done = await edit(importer, id, [{ path: '_id', value: { $oid: newId().toHexString() } }]);
    assert.equal(done.resolved, true);
  }
  await retryEntries(deps(importer), { ids: [rows[2]!.id] });
  assert.deepEqual(await quarantined(importer.db), []);
  const again = await importer.import(documents);
  assert.deepEqual([again.events, again.collections.properties?.quarantined], [0, 0]);
});

test('a path that the document has no place for is refused', async (t) => {
  const importer = await testImporter(t);
  await importer.import({ contacts: [unreachable({ phones: [{ number: 'x' }] })] });
  const id = await entryOf(importer, 'contacts');
  const refused = (path: string) =>
    assert.rejects(edit(importer, id, [{ path, value: 'x' }]), { code: 'path-impossible' });
  await refused('name.first');
  await refused('phones.number');
  await refused('phones.7.number');
  await refused('a..b');
});

test('a correction of a path that nothing reads says so, and which paths feed the field at fault', async (t) => {
  const importer = await testImporter(t);
  await importer.import({
    contacts: [unreachable({ shoes: { size: 44 }, areas: ['Lantana'] })],
    properties: [property({ status: 'Actve' })],
  });
  const contactEntry = await entryOf(importer, 'contacts');
  const unread = async (id: string, ...changes: Edit['changes']) =>
    (await edit(importer, id, changes, { dryRun: true })).unread;
  const misspelled = await unread(
    contactEntry,
    { path: 'emial', value: 'ana@example.com' },
    { path: 'shoes.size', value: 7 },
  );
  assert.deepEqual(misspelled?.paths, ['emial', 'shoes.size']);
  assert.equal(misspelled?.fault?.field, 'email');
  assert.ok(misspelled?.fault?.from.includes('email'), JSON.stringify(misspelled));
  // What is read as a part, as a whole, by its name or by its number in a list.
  for (const path of ['name', 'email', 'areas.0', 'notes', 'unsubscribed', '_id'])
    assert.equal(await unread(contactEntry, { path, value: 'x' }), null, path);
  assert.equal(await unread(contactEntry, { path: 'name', unset: true }), null);

  const home = await entryOf(importer, 'properties');
  const outcome = await edit(importer, home, [{ path: 'situation', value: 'Active' }], { dryRun: true });
  const text = outcomeText(outcome, 'properties', true);
  assert.match(text, /^Nothing reads `situation` in such documents\. Status is read from `status`/m);
  const done = await edit(importer, home, [
    { path: 'status', value: 'Active' },
    { path: 'colour', value: 'red' },
  ]);
  assert.deepEqual([done.resolved, done.unread], [true, { paths: ['colour'], fault: null }]);
  assert.match(outcomeText(done, 'properties', false), /Nothing reads `colour` in such documents\.$/m);
});

test('what a correction did shows each event once, and what a field can be that is still not understood', async (t) => {
  const importer = await testImporter(t);
  const ana = unreachable({ stage: 'Active' });
  await importer.import({
    contacts: [ana],
    activities: [activity(ana._id), activity(ana._id)],
    savedsearches: [search(ana._id, { frequency: 'often' })],
  });
  const id = await entryOf(importer, 'contacts');
  const outcome = await edit(importer, id, [{ path: 'email', value: 'ana@example.com' }]);
  const text = outcomeText(outcome, 'contacts', false);
  const lines = text.split('\n');
  assert.equal(new Set(lines).size, lines.length, text);
  assert.match(text, /Lead activity logged \(lead [^)]+\), 2 times/);
  assert.match(text, /Stage: This stage is not known\. It can be New, .* or .*\. \(Active\)/);
});

/** Corrections by two people, both of whom saw the document before either was stored. */
const meanwhile = async (importer: TestImporter, corrections: readonly Edit[], then: () => Promise<unknown>) => {
  const waiting = new Set<Edit>();
  let done: Promise<PromiseSettledResult<unknown>[]> | undefined;
  await withImportLease(
    importer.db,
    new AbortController().signal,
    () => {},
    async () => {
      done = Promise.allSettled(
        corrections.map((one) =>
          editEntry({ ...deps(importer), say: () => void waiting.add(one) }, one, { patienceMs: 10_000 }),
        ),
      );
      await until('all of them to wait', async () => waiting.size === corrections.length);
      await then();
    },
  );
  return (await done!).map((one) => (one.status === 'fulfilled' ? 'done' : (one.reason as { code?: string }).code));
};

test('of two people who correct a document at the same time, the second is shown the first correction before theirs counts', async (t) => {
  const importer = await testImporter(t);
  await importer.import({ contacts: [unreachable()] });
  const quarantineId = await entryOf(importer, 'contacts');
  const by = (who: string): Edit => ({
    quarantineId,
    changes: [{ path: 'email', value: `${who}@example.com` }],
    by: who,
    because,
  });
  const results = await meanwhile(importer, [by('dana'), by('ben')], async () => {});
  assert.deepEqual(results.toSorted(), ['done', 'entry-corrected']);
  assert.deepEqual(await importer.types(), ['LeadCaptured']);
  await assert.rejects(editEntry(deps(importer), { ...by('ana'), seenEdits: 0 }), { code: 'entry-corrected' });
});

test('a correction of a document that changes while it waits for an import is refused, and so is dismissing it', async (t) => {
  const importer = await testImporter(t);
  await importer.import({ contacts: [unreachable()] });
  const quarantineId = await entryOf(importer, 'contacts');
  const { rows } = await sql<{ hash: string }>`select content_hash as hash from ops.quarantine`.execute(importer.db);
  const correction = { quarantineId, changes: [{ path: 'email', value: 'ana@example.com' }], by: 'dana', because };
  const results = await meanwhile(importer, [correction], async () => {
    // As an import of a newer version would have left it.
    await sql`update ops.quarantine set content_hash = 'newer', raw = '{"_id": "newer", "email": "none"}'`.execute(
      importer.db,
    );
  });
  assert.deepEqual(results, ['document-changed']);
  assert.deepEqual(await importer.types(), []);
  const dismissal = { by: 'dana', because, now: new Date(now), contentHash: rows[0]!.hash };
  await assert.rejects(dismissEntries(importer.db, [quarantineId], dismissal), { code: 'document-changed' });
});
