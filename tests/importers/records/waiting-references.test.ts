import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ObjectId, serialize } from 'bson';
import { type Kysely, sql } from 'kysely';
import { rememberAlertsSent } from '../../../importers/alerts-sent/remember-alerts.ts';
import { stageAlertsSent } from '../../../importers/alerts-sent/stage-alerts-sent.ts';
import { readBson } from '../../../importers/dump/read-bson.ts';
import type { CompiledMapping } from '../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import { routeSource } from '../../../importers/mappings/route.ts';
import { applyDeletions } from '../../../importers/mongo/following/gone.ts';
import { type LegacyCollection, legacyCollections } from '../../../importers/source.ts';
import { writeNames } from '../../../importers/staging/documents/write-documents.ts';
import { regroup } from '../../../importers/staging/grouping/regroup.ts';
import { openEntries } from '../../../importers/staging/ids/open-entries.ts';
import { loadAgentDirectory } from '../../../importers/staging/references/references.ts';
import { settleReferences } from '../../../importers/staging/references/settle.ts';
import { stageCollection } from '../../../importers/staging/stage-collection.ts';
import { rehearse } from '../../../platform/database/rehearsal.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { migratedDatabase } from '../../support/postgres/migrated-database.ts';
import { activity, alertSent, assignment, contact, property, search, user } from '../support/documents.ts';

type Saying = { readonly collection: LegacyCollection; readonly fields: { readonly _id: unknown } };

/** What may happen to what is on file. `pick` chooses among what there is. */
type Step =
  | { readonly does: 'read'; readonly documents: readonly Saying[] }
  | { readonly does: 'delete' | 'write back' | 'another ID'; readonly pick: number }
  | { readonly does: 'look' | 'look, and die' };

const now = new Date('2026-01-01');
const among = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
const pick = fc.nat({ max: 1_000 });
const oid = new ObjectId('5f0000000000000000000001');
// The same text as an ID of several types.
const id = among<unknown>(1, '1', 2, '2', 'ab', oid, oid.toHexString(), 'ana@x.com', 3, 4);
const reference = among<unknown>(1, '1', 2, '2', 'ab', ' ab ', oid, oid.toHexString(), 'ana@x.com', 'bob@x.com', 3, 4);
const address = among('ana@x.com', 'bob@x.com', 'cy@x.com');
const few = among<unknown>(1, '1', 2, oid, 'ana@x.com');
const saying = (collection: LegacyCollection, fields: fc.Arbitrary<{ _id: unknown }>): fc.Arbitrary<Saying> =>
  fields.map((fields) => ({ collection, fields }));
const two = fc.tuple(id, reference, reference);
const said = fc.oneof(
  saying(
    'users',
    fc.record({ _id: few, email: address }).map((fields) => user(fields)),
  ),
  saying(
    'contacts',
    fc
      .record({
        _id: few,
        email: address,
        secondaryEmail: fc.option(address, { nil: undefined }),
        assignedTo: reference,
        name: among('Ana López', 'Bob Smith'),
      })
      .map((fields) => contact(fields)),
  ),
  saying(
    'properties',
    fc
      .record({ _id: id, agentId: reference })
      .map((fields) => property({ ...fields, mlsId: `RX-1000${JSON.stringify(fields._id).length}` })),
  ),
  saying(
    'savedsearches',
    two.map(([_id, contactId]) => search(contactId, { _id })),
  ),
  saying(
    'activities',
    two.map(([_id, contactId]) => activity(contactId, { _id })),
  ),
  saying(
    'leadassignments',
    two.map(([_id, contactId, agentId]) => ({ ...assignment(contactId, agentId, 'accepted', '2025-01-03'), _id })),
  ),
  saying(
    'alerts_sent',
    two.map(([_id, searchId, listingId]) => ({ ...alertSent(searchId, listingId), _id: _id as ObjectId })),
  ),
); // prettier-ignore
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('read' as const),
      documents: fc.array(said, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: among<'delete' | 'write back' | 'another ID'>('delete', 'write back', 'another ID'),
      pick,
    }),
  },
  { weight: 5, arbitrary: fc.record({ does: among<'look' | 'look, and die'>('look', 'look', 'look, and die') }) },
); // prettier-ignore

const says = (collection: LegacyCollection, fields: object): Saying => ({
  collection,
  fields: fields as Saying['fields'],
});
const reads = (...documents: readonly Saying[]): Step => ({ does: 'read', documents });
const looks: Step = { does: 'look' };
const ana = { _id: 1, email: 'cy@x.com' };
const forAna = [
  says('properties', property({ _id: 1, mlsId: 'RX-10000001', agentId: 'ana@x.com' })),
  says('savedsearches', search('ana@x.com', { _id: 1 })),
  says('alerts_sent', { ...alertSent(1, 2), _id: 1 }),
];

/** Each way in which a document can begin to be the one that is meant. */
const examples: readonly (readonly Step[])[] = [
  // It is new.
  [
    reads(...forAna),
    looks,
    reads(says('users', user({ _id: 'ana@x.com' })), says('contacts', contact({ _id: 'ana@x.com' }))),
    looks,
  ],
  [reads(...forAna), looks, reads(says('properties', property({ _id: 2, mlsId: 'RX-10000002' }))), looks],
  // It gets that address.
  [
    reads(says('users', user(ana)), ...forAna),
    looks,
    reads(says('users', user({ ...ana, email: 'ana@x.com' }))),
    looks,
  ],
  [
    reads(says('contacts', contact(ana)), ...forAna),
    looks,
    reads(says('contacts', contact({ ...ana, secondaryEmail: 'ana@x.com' }))),
    looks,
  ],
  // Of two people with that address, one gets it as the main address.
  [
    reads(
      ...[1, 2].map((_id) =>
        says(
          'contacts',
          contact({
            _id,
            name: `Ana ${_id}`,
            email: `${_id}@x.com`,
            phone: `561-555-010${_id}`,
            secondaryEmail: 'info@x.com',
          }),
        ),
      ),
      says('savedsearches', search('info@x.com', { _id: 1 })),
    ),
    looks,
    reads(says('contacts', contact({ _id: 1, name: 'Ana 1', email: 'info@x.com', phone: '561-555-0101' }))),
    looks,
  ],
  // Its ID has another type.
  [reads(says('savedsearches', search(1, { _id: 1 }))), looks, reads(says('contacts', contact({ _id: '1' }))), looks],
  // It is itself waiting.
  [
    reads(
      says('savedsearches', search('ana@x.com', { _id: 1 })),
      says('alerts_sent', { ...alertSent(1, 2), _id: 1 }),
      says('properties', property({ _id: 2 })),
    ),
    looks,
    reads(says('contacts', contact({ _id: 1, email: 'ana@x.com' }))),
    looks,
  ],
];

test('references that wait for what has changed are looked up exactly as all of them would be', async (t) => {
  const [one, other] = [await migratedDatabase(t), await migratedDatabase(t)];
  const mapping = await loadMapping();
  let found = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (history) => {
      for (const db of [one, other]) await forgetEverything(db);
      // From here on, one of them only looks at what is marked.
      await look(one);
      for (const step of [...history, { does: 'look' } as const]) {
        const waitedBefore = await waiting(one);
        if (step.does.startsWith('look')) await sql`delete from ops.import_referenced`.execute(other);
        await Promise.all([one, other].map((db) => take(db, step, mapping)));
        assert.deepEqual(await onFile(one), await onFile(other));
        if (step.does === 'look') found += waitedBefore - (await waiting(one));
      }
      const { rows } = await sql`
        select from ops.import_document where unresolved is not null and waits_for is null
        union all select from ops.import_alert_sent where not remembered and waits_for is null`.execute(one);
      assert.equal(rows.length, 0, 'what everything that waits is looked up by is known');
    }),
    { numRuns: runs(25), examples: examples.map((history) => [history]) },
  );
  assert.ok(found > 20, `many references found their document later: ${found}`);
});

test('a document that appears while references are looked up for the first time is found', async (t) => {
  const db = await migratedDatabase(t);
  const mapping = await loadMapping();
  await read(db, [{ collection: 'properties', fields: property({ _id: 1, agentId: 7 }) as never }], mapping);
  let looking: Promise<void> | undefined;
  await db.transaction().execute(async (transaction) => {
    await sql`
      insert into ops.import_document (collection, legacy_id, content_hash, payload, record_key, import_run_id)
      values ('users', '7', '', '{"fields": {}}', 'seven', 1)`.execute(transaction);
    looking = settleReferences(db, now);
    await Promise.race([looking, sleep(300)]);
  });
  await looking;
  await settleReferences(db, now);
  assert.equal(await waiting(db), 0);
});

test('a document that appears after references were looked up is found, though nothing else is looked at', async (t) => {
  const db = await migratedDatabase(t);
  const mapping = await loadMapping();
  const homes = [7, 8].map(
    (agentId) => ({ collection: 'properties', fields: property({ _id: agentId, agentId }) }) as never,
  );
  await read(db, homes, mapping);
  await settleReferences(db, now);
  await read(db, [{ collection: 'users', fields: user({ _id: 7 }) as never }], mapping);
  // If it were looked at, this would be noticed.
  await sql`update ops.import_document set unresolved = unresolved || 'id:other'::text where legacy_id = '8'`.execute(
    db,
  );
  await settleReferences(db, now);
  const { rows } = await sql<{ unresolved: string[] }>`
    select unresolved from ops.import_document where unresolved is not null`.execute(db);
  assert.deepEqual(rows, [{ unresolved: ['id:8', 'id:other'] }]);
});

test('a document on file that gets another name is found under it', async (t) => {
  const db = await migratedDatabase(t);
  const mapping = await loadMapping();
  await read(db, [says('contacts', contact({ _id: 7 })), says('savedsearches', search('A-7', { _id: 1 }))], mapping);
  await settleReferences(db, now);
  assert.equal(await waiting(db), 1);
  await sql`
    insert into ops.import_document_name (collection, name, legacy_id) values ('contacts', 'A-7', '7')`.execute(db);
  await settleReferences(db, now);
  assert.equal(await waiting(db), 0);
});

test('reading a document again whose keys stay as they are marks nothing', async (t) => {
  const db = await migratedDatabase(t);
  await settleReferences(db, now);
  const named = (...names: string[]) => writeNames(db, 'contacts', [], [{ legacyId: '7', names }]);
  const marked = async () => {
    const { rows } = await sql<{ name: string }>`select name from ops.import_reference_mark order by 1`.execute(db);
    await sql`delete from ops.import_reference_mark`.execute(db);
    return rows.map(({ name }) => name);
  };
  await named('key:a:1', 'key:b:2');
  assert.deepEqual(await marked(), ['key:a:1', 'key:b:2']);
  await named('key:a:1', 'key:b:2');
  assert.deepEqual(await marked(), []);
  await named('key:a:1', 'key:b:3');
  assert.deepEqual(await marked(), ['key:b:2', 'key:b:3']);
});

const look = async (db: Kysely<unknown>) => {
  for (const collection of ['users', 'contacts', 'properties'] as const) await regroup(db, collection);
  await settleReferences(db, now);
  await rememberAlertsSent(db, new AbortController().signal);
};

const take = async (db: Kysely<unknown>, step: Step, mapping: CompiledMapping): Promise<void> => {
  switch (step.does) {
    case 'read':
      return await read(db, step.documents, mapping);
    case 'look':
      return await look(db);
    case 'look, and die':
      return await rehearse(db, look);
    case 'delete': {
      const document = await nth(db, step.pick);
      if (document === undefined) return;
      await sql`
        update ops.import_document set missed_sweeps = 2
        where collection = ${document.collection} and legacy_id = ${document.legacy_id}`.execute(db);
      for (const type of Object.values(mapping.types))
        await applyDeletions(db, type!, { now, maxShare: 1, confirmed: true });
      return;
    }
    case 'write back': {
      // As `settleWrites` does.
      const document = await nth(db, step.pick);
      if (document?.collection !== 'properties' && document?.collection !== 'contacts') return;
      await sql`
        update ops.import_document set agent_ref = 'id:4', unresolved = '{id:4}', waits_for = null, version = version + 1
        where collection = ${document.collection} and legacy_id = ${document.legacy_id}`.execute(db);
      return;
    }
    case 'another ID': {
      const document = await nth(db, step.pick);
      if (document === undefined) return;
      await sql`
        update ops.import_document set legacy_id = 'ab'
        where collection = ${document.collection} and legacy_id = ${document.legacy_id} and not exists (
          select from ops.import_document where collection = ${document.collection} and legacy_id = 'ab')`.execute(db);
    }
  }
};

type Found = { readonly collection: string; readonly legacy_id: string };

const nth = async (db: Kysely<unknown>, n: number): Promise<Found | undefined> => {
  const { rows } = await sql<Found>`
    select collection, legacy_id from ops.import_document where gone_at is null order by 1, 2`.execute(db);
  return rows[n % Math.max(rows.length, 1)];
};

const read = async (db: Kysely<unknown>, documents: readonly Saying[], mapping: CompiledMapping): Promise<void> => {
  const collections = legacyCollections.map((name) => ({
    name,
    totalBytes: 0,
    async *read() {
      for (const { collection, fields } of documents)
        if (collection === name) yield readBson(Buffer.from(serialize(fields, { ignoreUndefined: true })), name);
    },
  }));
  const { collections: routed } = routeSource({ kind: 'live', collections, notes: [] }, mapping);
  for (const collection of routed) {
    const { name } = collection;
    const staging = {
      db,
      runId: '1',
      now,
      signal: new AbortController().signal,
      agents: await loadAgentDirectory(db),
      onBytes: () => {},
      edits: new Map(),
      open: await openEntries(db, name),
      live: true,
      part: false,
      keepsIdentities: false,
    };
    if (name === 'alerts_sent') await stageAlertsSent(collection, staging);
    else await stageCollection({ ...collection, name }, staging);
  }
};

const waiting = async (db: Kysely<unknown>): Promise<number> => {
  const { rows } = await sql`
    select from ops.import_document where unresolved is not null
    union all select from ops.import_alert_sent where not remembered`.execute(db);
  return rows.length;
};

const onFile = async (db: Kysely<unknown>): Promise<readonly string[]> => {
  const { rows } = await sql<{ row: string }>`
    select concat_ws(' ', collection, legacy_id, record_key, 'of', contact_key, unresolved::text) as row from ops.import_document
    union all select concat_ws(' ', 'pending', aggregate, record_key) from ops.import_pending
    union all select concat_ws(' ', 'in quarantine', collection, document_key) from ops.quarantine where resolved_at is null
    union all select concat_ws(' ', 'alert', legacy_id, remembered) from ops.import_alert_sent
    union all select concat_ws(' ', 'sent', contact_key, listing_key) from ops.sent_memory
    order by 1`.execute(db);
  return rows.map(({ row }) => row);
};

const forgetEverything = async (db: Kysely<unknown>): Promise<void> => {
  await sql`truncate ops.import_document, ops.import_identity, ops.import_document_name, ops.import_address, ops.import_record,
    ops.import_pending, ops.import_merged, ops.import_split, ops.import_grouping_mark, ops.import_reference_mark,
    ops.import_original, ops.import_document_change, ops.import_alert_sent, ops.sent_memory, ops.quarantine`.execute(
    db,
  );
};
