import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { serialize } from 'bson';
import { type Kysely, sql } from 'kysely';
import type { StagedCollection } from '../../../importers/collections.ts';
import { readBson } from '../../../importers/dump/read-bson.ts';
import type { CompiledMapping } from '../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import { routeSource } from '../../../importers/mappings/route.ts';
import { applyDeletions } from '../../../importers/mongo/following/gone.ts';
import { groupByIdentity } from '../../../importers/staging/grouping/group.ts';
import { regroup } from '../../../importers/staging/grouping/regroup.ts';
import { openEntries } from '../../../importers/staging/ids/open-entries.ts';
import { stageCollection } from '../../../importers/staging/stage-collection.ts';
import { rehearse } from '../../../platform/database/rehearsal.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { migratedDatabase } from '../../support/postgres/migrated-database.ts';

const shared = ['users', 'contacts', 'properties'] as const;
type Shared = (typeof shared)[number];
type Saying = { readonly collection: Shared; readonly fields: object & { readonly _id: number } };

/** What may happen to a ledger. `pick` chooses among what there is. */
type Step =
  | { readonly does: 'read'; readonly documents: readonly Saying[] }
  | { readonly does: 'delete'; readonly pick: number }
  | { readonly does: 'split'; readonly pick: number; readonly leaving: number }
  | { readonly does: 'join a captured lead'; readonly pick: number }
  | { readonly does: 'apply' | 'forget an agent' | 'group, and die' | 'group' };

const pick = fc.nat({ max: 1_000 });
const among = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
// One address that many have, an office's, a staff member's, and people's own.
const address = fc.oneof(
  { weight: 7, arbitrary: among('hub@x.com') },
  { weight: 4, arbitrary: among('info@x.com', 'ana@x.com', 'bob@x.com', 'staff@x.com', 'cy@x.com') },
);
const phone = among('561-555-0101', '561-555-0102', '561-555-0103', undefined);
const name = among('Ana López', 'Bob Smith', 'Cy Young', 'Dee Fox', 'Eve Hall', 'Flo King', 'Gus Lake', 'Ana Smith');
const createdAt = among('2025-01-01', '2025-01-02', '2025-01-03').map((day) => new Date(day));
const said = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      collection: fc.constant('users' as const),
      fields: fc.record({
        _id: fc.nat({ max: 3 }),
        email: address,
        phone,
        name,
        createdAt,
        active: fc.constant(true),
        roles: fc.constant(['agent']),
      }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      collection: fc.constant('contacts' as const),
      fields: fc.record({
        _id: fc.nat({ max: 11 }),
        email: address,
        secondaryEmail: fc.option(address, { nil: undefined }),
        phone,
        name,
        createdAt,
      }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      collection: fc.constant('properties' as const),
      fields: fc.record({
        _id: fc.nat({ max: 9 }),
        mlsId: among('RX-10000001', '10000001', 'F10000001', 'RX-10000002', 'RX-12345678', '11111111'),
        address: among('1 Main St', '2 Oak Ave', '3 Elm Ct', '4 Ash Dr', '5 Bay Rd', '6 Fir Ln', '7 Key Way').map(
          (street) => `${street}, Boca Raton, FL 33432`,
        ),
        price: among(400_000, 500_000),
        status: fc.constant('Active'),
        createdAt,
      }),
    }),
  },
); // prettier-ignore
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('read' as const),
      documents: fc.array(said, { minLength: 1, maxLength: 12 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('delete' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('split' as const), pick, leaving: pick }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('join a captured lead' as const), pick }) },
  {
    weight: 8,
    arbitrary: fc.record({
      does: among<'apply' | 'forget an agent' | 'group' | 'group, and die'>(
        'apply',
        'group',
        'group',
        'group',
        'group, and die',
        'forget an agent',
      ),
    }),
  },
); // prettier-ignore

const says = (collection: Shared, fields: object & { readonly _id: number }): Saying => ({ collection, fields });
const home = (_id: number, mlsId: string, day: string) =>
  says('properties', {
    _id,
    mlsId,
    address: '1 Main St',
    price: 400_000,
    status: 'Active',
    createdAt: new Date(day),
  } as Saying['fields']);
const person = (_id: number, fields: object) =>
  says('contacts', { _id, createdAt: new Date('2025-01-01'), ...fields } as Saying['fields']);
const group: Step = { does: 'group' };
const reads = (...documents: readonly Saying[]): Step => ({ does: 'read', documents });
const people = ['Ana López', 'Bob Smith', 'Cy Young', 'Dee Fox', 'Eve Hall', 'Flo King'];

/** Histories that are rare among random ones. */
const examples: readonly (readonly Step[])[] = [
  // A document leaves the record that it started to another one, is then alone, and finds its record taken.
  [
    reads(
      home(1, 'RX-10000001', '2025-01-02'),
      home(2, 'RX-10000001', '2025-01-03'),
      home(3, 'RX-10000002', '2025-01-01'),
    ),
    group,
    reads(home(1, 'RX-10000002', '2025-01-02')),
    group,
    reads(home(1, 'RX-10000003', '2025-01-02')),
  ],
  // An address is shared by so many that it identifies no one, until one of them gets another.
  [
    reads(...people.map((name, n) => person(n, { name, email: 'hub@x.com' }))),
    group,
    reads(person(0, { name: people[0], email: 'ana@x.com' })),
  ],
  // A phone number turns out to be an agent's, and says nothing about who has an office's address.
  [
    reads(...['Ana', 'Bob', 'Cy'].map((name, n) => person(n, { name, email: 'info@x.com', phone: '561-555-0101' }))),
    group,
    reads(
      says('users', {
        _id: 1,
        name: 'Maria Garcia',
        email: 'maria@x.com',
        phone: '561-555-0101',
        active: true,
        roles: ['agent'],
      } as Saying['fields']),
    ),
  ],
];

test('what is connected with changes is grouped exactly as the whole collection would be', async (t) => {
  const [one, other] = [await migratedDatabase(t), await migratedDatabase(t)];
  const mapping = await loadMapping();
  let joined = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 40 }), async (history) => {
      for (const db of [one, other]) await forgetEverything(db);
      for (const step of [...history, group]) {
        await Promise.all([one, other].map((db) => take(db, step, mapping)));
        if (step.does !== 'group') continue;
        await sql`delete from ops.import_grouped`.execute(other);
        await Promise.all([one, other].map(groupAll));
        assert.deepEqual(await recordsIn(one), await recordsIn(other));
      }
      joined += (await recordsIn(one)).filter((row) => row.includes('joined')).length;
    }),
    { numRuns: runs(25), examples: examples.map((history) => [history]) },
  );
  assert.ok(joined > 20, 'many documents were joined');
});

test('what someone changes while a collection is grouped for the first time is grouped too', async (t) => {
  const db = await migratedDatabase(t);
  const ana = { name: 'Ana López', email: 'ana@x.com' };
  await read(db, [person(1, ana), person(2, { ...ana, email: 'other@x.com' })], await loadMapping());
  let grouping: Promise<void> | undefined;
  await db.transaction().execute(async (transaction) => {
    await sql`update ops.import_document set identities = '{email:ana@x.com}' where legacy_id = '2'`.execute(
      transaction,
    );
    await sql`
      insert into ops.import_identity (collection, identity, legacy_id)
      values ('contacts', 'email:ana@x.com', '2')`.execute(transaction);
    grouping = regroup(db, 'contacts');
    await Promise.race([grouping, sleep(300)]);
  });
  await grouping;
  await regroup(db, 'contacts');
  assert.equal(await countRecords(db), 1);
});

test('what was to be looked at when a backup was made is looked at once', async (t) => {
  const db = await migratedDatabase(t);
  await read(db, [person(1, { name: 'Ana López', email: 'ana@x.com' })], await loadMapping());
  await regroup(db, 'contacts');
  // By a transaction of the server that the backup was made of.
  await sql`
    insert into ops.import_grouping_mark (collection, kind, key, changed_by)
    values ('contacts', 'document', '1', (pg_current_xact_id()::text::bigint + 1000000)::text::xid8)`.execute(db);
  await regroup(db, 'contacts');
  const { rows } = await sql`select from ops.import_grouping_mark`.execute(db);
  assert.equal(rows.length, 0);
});

test('a document that comes back is not a part of the record that it left', async (t) => {
  const db = await migratedDatabase(t);
  const mapping = await loadMapping();
  const ana = { name: 'Ana López', email: 'ana@x.com' };
  await read(db, [person(1, ana), person(2, ana)], mapping);
  await regroup(db, 'contacts');
  await sql`update ops.import_document set missed_sweeps = 2 where legacy_id = '2'`.execute(db);
  await applyDeletions(db, mapping.types.leads!, { now: new Date(), maxShare: 1, confirmed: true });
  await read(db, [person(2, { name: 'Bob Smith', email: 'bob@x.com' })], mapping);
  await regroup(db, 'contacts');
  assert.equal(await countRecords(db), 2);
  assert.deepEqual(
    (await recordsIn(db)).filter((row) => row.includes('joined')),
    [],
  );
});

const countRecords = async (db: Kysely<unknown>): Promise<number> => {
  const { rows } = await sql`select distinct record_key from ops.import_document`.execute(db);
  return rows.length;
};

test('documents that have nothing in common are never left in one record, whatever records they were in', () => {
  const keys = among('a', 'b', 'c', 'd', 'captured');
  const documents = fc.array(
    fc.record({
      recordKey: keys,
      identity: among('1', '2', '3', '4'),
      applied: fc.boolean(),
      createdAt: among('2025-01-01', '2025-01-02', null),
    }),
    { minLength: 2, maxLength: 4 },
  );
  fc.assert(
    fc.property(documents, (chosen) => {
      const all = chosen.map(({ identity, ...document }, at) => {
        const legacyId = 'abcd'[at]!;
        return {
          ...document,
          legacyId,
          ownKey: legacyId,
          spareKey: `${legacyId} again`,
          identities: [identity],
          apart: [],
        };
      });
      const moves = groupByIdentity(all, true);
      const records = new Map<string, Set<string>>();
      for (const { legacyId, recordKey, identities } of all) {
        const now = moves.get(legacyId) ?? recordKey;
        records.set(now, new Set([...(records.get(now) ?? []), ...identities]));
      }
      for (const [key, found] of records) assert.equal(found.size, 1, `${key}: ${[...found].join(' ')}`);
      assert.equal(records.size, new Set(chosen.map(({ identity }) => identity)).size);
    }),
    { numRuns: 2_000 },
  );
});

const groupAll = async (db: Kysely<unknown>) => {
  for (const collection of shared) await regroup(db, collection);
};

const take = async (db: Kysely<unknown>, step: Step, mapping: CompiledMapping): Promise<void> => {
  switch (step.does) {
    case 'read':
      return await read(db, step.documents, mapping);
    case 'delete': {
      const document = await nth(
        db,
        step.pick,
        sql`select collection, legacy_id from ops.import_document where gone_at is null`,
      );
      if (document === undefined) return;
      await sql`
        update ops.import_document set missed_sweeps = 2
        where collection = ${document.collection} and legacy_id = ${document.legacy_id}`.execute(db);
      for (const type of Object.values(mapping.types))
        await applyDeletions(db, type!, { now: new Date(), maxShare: 1, confirmed: true });
      return;
    }
    case 'split': {
      const record = await nth(
        db,
        step.pick,
        sql`select collection, record_key, array_agg(legacy_id order by legacy_id) as ids
        from ops.import_document where record_key is not null and collection <> 'users' group by 1, 2 having count(*) > 1`,
      );
      if (record === undefined) return;
      const ids = record.ids as unknown as string[];
      const leaving = ids[step.leaving % ids.length]!;
      await sql`
        with split as (
          insert into ops.import_split_by_hand (collection, record_key, split_by, because, split_at)
          values (${record.collection}, ${record.record_key}, 'me', 'not the same', now()) returning split_id
        )
        insert into ops.import_kept_apart (collection, legacy_id, split_id, leaves_yn)
        select ${record.collection}, id, split_id, id = ${leaving} from split, unnest(${ids}::text[]) as x (id)`.execute(
        db,
      );
      return;
    }
    case 'join a captured lead': {
      const contact = await nth(
        db,
        step.pick,
        sql`select collection, legacy_id, record_key from ops.import_document
        where collection = 'contacts' and record_key is not null and record_key !~ '^captured'`,
      );
      if (contact === undefined) return;
      const { rows } = await sql<{ legacy_id: string }>`select legacy_id from ops.import_document
        where collection = 'contacts' and record_key = ${contact.record_key}`.execute(db);
      const into = `captured ${contact.legacy_id}`;
      const { rows: taken } = await sql`select from ops.import_document where record_key = ${into}`.execute(db);
      if (taken.length > 0) return;
      const { moveDocuments } = await import('../../../importers/staging/grouping/move-documents.ts');
      await db.transaction().execute(async (transaction) =>
        moveDocuments(
          transaction,
          'contacts',
          rows.map(({ legacy_id: legacyId }) => ({ legacyId, from: contact.record_key!, into, merged: true })),
        ),
      );
      return;
    }
    case 'apply':
      await sql`insert into ops.import_record (aggregate, record_key, revision, applied)
        select aggregate, record_key, 0, '{}' from ops.import_pending p
        where exists (select from ops.import_document d where d.record_key = p.record_key) on conflict do nothing`.execute(
        db,
      );
      await sql`delete from ops.import_record r where not exists (
        select from ops.import_document d where d.record_key = r.record_key)`.execute(db);
      await sql`delete from ops.import_pending`.execute(db);
      return;
    case 'forget an agent':
      await sql`delete from ops.import_record where ctid in (
        select ctid from ops.import_record where aggregate = 'agent' order by record_key limit 1)`.execute(db);
      return;
    case 'group, and die':
      return await rehearse(db, groupAll);
  }
};

type Found = { collection: string; legacy_id: string; record_key: string; ids: unknown };

const nth = async (db: Kysely<unknown>, n: number, query: ReturnType<typeof sql>): Promise<Found | undefined> => {
  const { rows } = await sql<Found>`select * from (${query}) as x order by 1, 2`.execute(db);
  return rows[n % Math.max(rows.length, 1)];
};

const read = async (db: Kysely<unknown>, documents: readonly Saying[], mapping: CompiledMapping): Promise<void> => {
  const collections = shared.map((name) => ({
    name,
    totalBytes: 0,
    async *read() {
      const latest = new Map(
        documents.filter(({ collection }) => collection === name).map(({ fields }) => [fields._id, fields]),
      );
      for (const fields of latest.values())
        yield readBson(Buffer.from(serialize(fields, { ignoreUndefined: true })), name);
    },
  }));
  const { collections: routed } = routeSource({ kind: 'live', collections, notes: [] }, mapping);
  for (const collection of routed) {
    const name = collection.name as StagedCollection;
    await stageCollection(
      { ...collection, name },
      {
        db,
        runId: '1',
        now: new Date('2026-01-01'),
        signal: new AbortController().signal,
        agents: { keyOf: () => undefined, whyNot: () => 'not-found' },
        onBytes: () => {},
        edits: new Map(),
        open: await openEntries(db, name),
        live: true,
        part: false,
        keepsIdentities: false,
      },
    );
  }
};

/** Which document is in which record, and what is to become of records. */
const recordsIn = async (db: Kysely<unknown>): Promise<readonly string[]> => {
  const { rows } = await sql<{ row: string }>`
    select concat_ws(' ', collection, legacy_id, record_key, case when merged then 'joined' end) as row from ops.import_document
    union all select concat_ws(' ', 'ended', aggregate, record_key, into_key) from ops.import_merged
    union all select concat_ws(' ', 'split', aggregate, record_key, from_key) from ops.import_split
    union all select concat_ws(' ', 'pending', aggregate, record_key) from ops.import_pending
    order by 1`.execute(db);
  return rows.map(({ row }) => row);
};

const forgetEverything = async (db: Kysely<unknown>): Promise<void> => {
  await sql`truncate ops.import_document, ops.import_identity, ops.import_document_name, ops.import_address, ops.import_record,
    ops.import_pending, ops.import_merged, ops.import_split, ops.import_kept_apart, ops.import_split_by_hand,
    ops.import_grouping_mark, ops.import_original, ops.import_document_change, ops.quarantine`.execute(db);
};
