import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { loadMapping } from '../../../../importers/mappings/load-mapping.ts';
import { groupByIdentity } from '../../../../importers/staging/grouping/group.ts';
import { regroup } from '../../../../importers/staging/grouping/regroup.ts';
import fc, { runs } from '../../../support/fast-check.ts';
import { migratedDatabase } from '../../../support/postgres/migrated-database.ts';
import { deleteDocument, forgetEverything } from '../support/ledger.ts';
import { examples, group, groupAll, person, readDocuments, step, take } from './grouping-steps.ts';

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
  await readDocuments(db, [person(1, ana), person(2, { ...ana, email: 'other@x.com' })], await loadMapping());
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
  await readDocuments(db, [person(1, { name: 'Ana López', email: 'ana@x.com' })], await loadMapping());
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
  await readDocuments(db, [person(1, ana), person(2, ana)], mapping);
  await regroup(db, 'contacts');
  await deleteDocument(db, { collection: 'contacts', legacy_id: '2' }, mapping);
  await readDocuments(db, [person(2, { name: 'Bob Smith', email: 'bob@x.com' })], mapping);
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
  const keys = fc.constantFrom('a', 'b', 'c', 'd', 'captured');
  const documents = fc.array(
    fc.record({
      recordKey: keys,
      identity: fc.constantFrom('1', '2', '3', '4'),
      applied: fc.boolean(),
      createdAt: fc.constantFrom('2025-01-01', '2025-01-02', null),
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
