import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { outcomeText } from '../../../cli/quarantine/text.ts';
import { isReadable } from '../../../eventstore/stored-event.ts';
import { dismissEntries } from '../../../importers/quarantine/dismiss-entries.ts';
import { type Edit, editEntry, type RepairOptions } from '../../../importers/quarantine/edit-entry.ts';
import { retryEntries } from '../../../importers/quarantine/retry-entries.ts';
import { withImportLease } from '../../../importers/running/import-run.ts';
import { type Change, correctedDocument } from '../../../importers/staging/edits/changes.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { until } from '../../support/until.ts';
import { activity, contact, newId, property, search } from '../support/documents.ts';
import { now, quarantined, type TestImporter, testImporter } from '../support/importer.ts';

const deps = ({ db, store }: TestImporter) => ({ db, store, clock: fixedClock(now) });
const because = 'Asked her on the phone';

const edit = (importer: TestImporter, quarantineId: string, changes: Edit['changes'], options?: RepairOptions) =>
  editEntry(deps(importer), { quarantineId, changes, by: 'dana', because }, options);

/** The number of the only entry of a collection, also if it is resolved. */
const entryOf = async ({ db }: TestImporter, collection: string): Promise<string> => {
  const { rows } = await sql<{ id: string }>`
    select quarantine_id::text as id from ops.quarantine where collection = ${collection}`.execute(db);
  assert.equal(rows.length, 1);
  return rows[0]!.id;
};

const unreachable = (fields: object = {}) => contact({ email: 'nobody', name: 'Ana López', ...fields });

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

test('a retry reads those of the named entries that are still in quarantine, and says which are not', async (t) => {
  const importer = await testImporter(t);
  await importer.import({ contacts: [unreachable()], properties: [property({ status: undefined })] });
  const [contactEntry, home] = [await entryOf(importer, 'contacts'), await entryOf(importer, 'properties')];
  await edit(importer, contactEntry, [{ path: 'email', value: 'ana@example.com' }]);
  const { tried, still, notes } = await retryEntries(deps(importer), { ids: [contactEntry, home] });
  assert.deepEqual([tried, still.length, notes], [1, 1, [`Entry ${contactEntry} is not in quarantine any more.`]]);
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

test('a dismissed entry is hidden until its document changes or someone retries it', async (t) => {
  const importer = await testImporter(t);
  const ana = unreachable();
  await importer.import({ contacts: [ana] });
  const id = await entryOf(importer, 'contacts');
  const open = async () =>
    (await sql`select from ops.quarantine where resolved_at is null and dismissed_at is null`.execute(importer.db)).rows
      .length;
  const dismiss = () => dismissEntries(importer.db, [id], { by: 'dana', because: 'a test', now: new Date(now) });
  assert.equal(await dismiss(), 1);
  await importer.import({ contacts: [ana] });
  assert.equal(await open(), 0);
  await retryEntries(deps(importer), { ids: [id] });
  assert.equal(await open(), 1);
  await dismiss();
  await importer.import({ contacts: [{ ...ana, email: 'other', updatedAt: new Date('2025-03-01') }] });
  assert.equal(await open(), 1);
});

test('a retry imports what a corrected mapping understands, as a run of its own', async (t) => {
  const { compileMapping } = await import('../../../importers/mappings/compile.ts');
  const { loadMapping } = await import('../../../importers/mappings/load-mapping.ts');
  const importer = await testImporter(t);
  const odd = Array.from({ length: 120 }, (_, n) =>
    property({ mlsId: `RX-3000${1000 + n}`, status: undefined, st: 'Active' }),
  );
  const documents = { properties: [...odd, ...odd.map((one) => ({ ...one, ...property() }))] };
  await importer.import(documents, { acceptQuarantine: 'dana' });
  assert.equal((await quarantined(importer.db)).length, 120);
  const shipped = await loadMapping();
  const { listings, ...others } = shipped.file;
  const standardStatus = { from: [{ path: 'status' }, { path: 'st' }] };
  const mapping = compileMapping({
    ...others,
    name: 'corrected',
    listings: { ...listings!, fields: { ...listings!.fields, standardStatus } },
  });
  const before = (await importer.types()).length;
  const tried = await retryEntries(deps(importer), { code: 'status-missing' }, { mapping, dryRun: true });
  assert.deepEqual(
    [tried.tried, tried.resolved, tried.eventCount],
    [120, [{ collection: 'properties', count: 120 }], 120],
  );
  const done = await retryEntries(deps(importer), { code: 'status-missing' }, { mapping });
  assert.deepEqual([done.resolved, done.still], [[{ collection: 'properties', count: 120 }], []]);
  assert.equal((await importer.types()).length - before, 120);
  const { rows } = await sql<{ kind: string }>`select kind from ops.import_run order by import_run_id`.execute(
    importer.db,
  );
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ['import', 'retry'],
  );
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
