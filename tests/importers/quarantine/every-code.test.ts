import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventStoreDBClient } from '@eventstore/db-client';
import { EJSON } from 'bson';
import { sql } from 'kysely';
import type { AnyDatabase } from '../../../importers/database.ts';
import type { QuarantineCode } from '../../../importers/legacy/quarantine-codes.ts';
import { adviceFor } from '../../../importers/quarantine/advice.ts';
import { dismissEntries } from '../../../importers/quarantine/dismiss-entries.ts';
import { editEntry } from '../../../importers/quarantine/edit-entry.ts';
import { retryEntries } from '../../../importers/quarantine/retry-entries.ts';
import type { Change } from '../../../importers/staging/edits/changes.ts';
import { isUserError } from '../../../platform/errors.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { activity, alertSent, assignment, contact, newId, property, search, user } from '../support/documents.ts';
import { bsonOf, type Documents, writeDump } from '../support/dump.ts';
import { now, testImporter } from '../support/importer.ts';

type Case = {
  readonly documents?: Documents;
  /** What corrects it. */
  readonly edit: readonly Change[];
  /** The code of the error that says why nothing does. */
  readonly throws?: string;
  /** A correction is tried, and does not help. */
  readonly stays?: true;
};

const [maria, ana, home] = [user(), contact(), property()];
const aSearch = search(ana._id);
const set = (path: string, value: unknown): readonly Change[] => [{ path, value }];
const at = '2025-01-01T00:00:00Z';
const { _id: _, ...nameless } = property();
const twice = property();
const photos = (of: string, count: number) =>
  Array.from({ length: count }, (_, n) => `https://photos.example.com/${of}/${n}/${'x'.repeat(30)}.jpg`);
const mlsId = 'RX-20000001';

/** Every code that is recorded, except those of a release that is gone; a code without a case does not compile. */
const cases: Record<QuarantineCode | 'refused-too-large' | 'stream-deleted', Case> = {
  'name-missing': { documents: { users: [user({ name: '' })] }, edit: set('name', 'Joe Smith') },
  'email-missing': { documents: { users: [user({ email: '' })] }, edit: set('email', 'joe@example.com') },
  'contact-unreachable': {
    documents: { contacts: [contact({ email: 'nobody' })] },
    edit: set('email', 'new@example.com'),
  },
  'identity-missing': {
    documents: { properties: [property({ mlsId: undefined, address: undefined })] },
    edit: set('mlsId', 'RX-20000002'),
  },
  'status-missing': {
    documents: { properties: [property({ status: undefined })] },
    edit: set('status', 'Active'),
  },
  'id-missing': {
    documents: { properties: [nameless] },
    edit: set('_id', { $oid: newId().toHexString() }),
  },
  'id-twice': {
    documents: { properties: [twice, { ...property(), _id: twice._id }] },
    get edit() {
      return set('_id', { $oid: newId().toHexString() });
    },
  },
  'too-large': {
    documents: { properties: [property({ photos: photos('much', 17_000) })] },
    edit: [{ path: 'photos', unset: true }],
  },
  'refused-too-large': {
    documents: {
      properties: [property({ mlsId, photos: photos('a', 9_000) }), property({ mlsId, photos: photos('b', 9_000) })],
    },
    edit: set('photos', ['https://photos.example.com/a.jpg']),
  },
  'not-bson': { edit: set('name', 'x'), throws: 'entry-not-editable' },
  'not-json': { edit: set('name', 'x'), throws: 'entry-not-editable' },
  // Readers of an older release failed on it.
  unreadable: {
    documents: { properties: [property({ status: undefined, was: 'unreadable' })] },
    edit: set('status', 'Active'),
  },
  'stream-deleted': { edit: set('name', 'x'), stays: true },
  'contact-missing': {
    documents: { savedsearches: [search(undefined)] },
    edit: [{ path: 'contactId', value: { $oid: ana._id.toHexString() } }],
  },
  'contact-not-found': {
    documents: { savedsearches: [search(newId())] },
    edit: [{ path: 'contactId', value: { $oid: ana._id.toHexString() } }],
  },
  'contact-ambiguous': {
    documents: { contacts: [contact({ _id: 17 }), contact({ _id: '17' })], savedsearches: [search('17')] },
    edit: set('contactId', { $numberInt: '17' }),
  },
  'criteria-missing': {
    documents: { savedsearches: [search(ana._id, { query: {} })] },
    edit: set('query.city', 'Lantana'),
  },
  'agent-missing': {
    documents: { leadassignments: [assignment(ana._id, undefined, 'offered', at)] },
    edit: set('agentId', { $oid: maria._id.toHexString() }),
  },
  'agent-not-found': {
    documents: { leadassignments: [assignment(ana._id, newId(), 'offered', at)] },
    edit: set('agentId', { $oid: maria._id.toHexString() }),
  },
  'agent-ambiguous': {
    documents: {
      users: [user({ _id: 18 }), user({ _id: '18' })],
      leadassignments: [assignment(ana._id, '18', 'offered', at)],
    },
    edit: set('agentId', { $numberInt: '18' }),
  },
  'status-unreadable': {
    documents: { leadassignments: [assignment(ana._id, maria._id, 'whatever', at)] },
    edit: set('status', 'offered'),
  },
  'type-unreadable': {
    documents: { activities: [activity(ana._id, { type: 'smoke signal' })] },
    edit: set('type', 'note'),
  },
  'search-missing': {
    documents: { alerts_sent: [alertSent(undefined, home._id)] },
    edit: set('searchId', { $oid: aSearch._id.toHexString() }),
  },
  'listing-missing': {
    documents: { alerts_sent: [alertSent(aSearch._id, undefined)] },
    edit: set('propertyId', { $oid: home._id.toHexString() }),
  },
};

/** The entries of a world with all of these, by the case that each belongs to. */
const entriesOf = async (t: Parameters<typeof testImporter>[0]) => {
  const importer = await testImporter(t);
  const gone = contact({ name: 'Gone For-Good' });
  const documents: Record<string, object[]> = { users: [maria], contacts: [ana, gone], properties: [home] };
  await importer.import({ ...documents, savedsearches: [aSearch] });
  const { streamName } = (await importer.events()).find(({ event }) =>
    JSON.stringify(event.data).includes('For-Good'),
  )!;
  const client = EventStoreDBClient.connectionString(importer.eventStoreUrl);
  t.after(() => client.dispose());
  await client.tombstoneStream(streamName);
  documents.contacts = [ana, { ...gone, name: 'Gone Forever', updatedAt: new Date('2025-03-01') }];
  documents.savedsearches = [aSearch];
  for (const { documents: more = {} } of Object.values(cases))
    for (const [name, some] of Object.entries(more)) documents[name] = [...(documents[name] ?? []), ...some];
  const { activities, ...others } = documents;
  const folder = writeDump(t, others);
  const broken = bsonOf([property()]);
  broken[4] = 0x7e; // there is no such type
  appendFileSync(join(folder, 'legacy', 'properties.bson'), broken);
  const lines = [...activities!.map((one) => EJSON.stringify(one)), 'nonsense'];
  writeFileSync(join(folder, 'legacy', 'activities.json'), `${lines.join('\n')}\n`);
  await importer.importFolder(folder, { acceptQuarantine: 'dana' });
  await sql`update ops.quarantine set code = 'unreadable' where raw ->> 'was' = 'unreadable'`.execute(importer.db);
  const { rows } = await sql<{ id: string; collection: string; code: string; refusedYN: boolean; path: string }>`
    select quarantine_id::text as id, collection, code, refused_yn as "refusedYN", path from ops.quarantine
    order by quarantine_id`.execute(importer.db);
  const entries = rows.map((row) => {
    const code = row.refusedYN && row.code === 'too-large' ? 'refused-too-large' : row.code;
    const name = row.collection === 'contacts' && code === 'contact-missing' ? 'contact-unreachable' : code;
    const [key, found] = Object.entries(cases).find(([one]) => one === name) ?? [];
    assert.ok(found, `${name} has no case`);
    return { ...row, key, found };
  });
  assert.deepEqual(
    Object.keys(cases).filter((name) => !entries.some(({ key }) => key === name)),
    [],
  );
  return { importer, folder, entries };
};

const open = async (db: AnyDatabase): Promise<readonly string[]> => {
  const { rows } = await sql<{ id: string }>`
    select quarantine_id::text as id from ops.quarantine where resolved_at is null and dismissed_at is null`.execute(
    db,
  );
  return rows.map(({ id }) => id);
};

test('every document in quarantine can be corrected, retried and dismissed, or the message says why not', async (t) => {
  const { importer, folder, entries } = await entriesOf(t);
  const deps = { db: importer.db, store: importer.store, clock: fixedClock(now) };
  const by = { by: 'dana', because: 'a test' };
  for (const { id, code, path, refusedYN } of entries) {
    assert.match(
      adviceFor({ code, path, refusedYN }, (at) => `edit ${at}`),
      /\.|edit /,
    );
    await dismissEntries(importer.db, [id], { ...by, now: new Date(now) });
  }
  assert.deepEqual(await open(importer.db), []);
  const all = entries.map(({ id }) => id);
  const { tried, resolved } = await retryEntries(deps, { ids: all });
  assert.deepEqual([tried, resolved], [all.length, []]);
  assert.deepEqual(new Set(await open(importer.db)), new Set(all));
  for (const { id, key, found } of entries) {
    if (!(await open(importer.db)).includes(id)) continue; // another document of its record was corrected
    const edit = { ...by, quarantineId: id, changes: found.edit };
    if (found.throws !== undefined) {
      await assert.rejects(editEntry(deps, edit, { dryRun: true }), (error) => {
        assert.ok(isUserError(error) && error.code === found.throws && error.hint, String(error));
        return true;
      });
      continue;
    }
    const refused = key === 'refused-too-large';
    const shown = refused ? await editEntry(deps, edit, { dryRun: true }) : undefined;
    const done = await editEntry(deps, edit);
    assert.equal(done.resolved, found.stays === undefined, `${key}: ${JSON.stringify(done.reason)}`);
    if (refused) assert.deepEqual(done, shown);
  }
  const left = entries.filter(({ found }) => found.throws ?? found.stays).map(({ id }) => id);
  assert.deepEqual(new Set(await open(importer.db)), new Set(left));
  // The corrections hold, and everything stays accounted for.
  const again = await importer.importFolder(folder);
  assert.equal(again.events, 0);
  assert.deepEqual(new Set(await open(importer.db)), new Set(left));
});
