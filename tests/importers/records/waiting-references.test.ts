import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import { writeNames } from '../../../importers/staging/documents/write-documents.ts';
import { settleReferences } from '../../../importers/staging/references/settle.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { migratedDatabase } from '../../support/postgres/migrated-database.ts';
import { contact, property, search, user } from '../support/documents.ts';
import { examples, look, now, readDocuments, says, step, take } from './reference-steps.ts';
import { forgetEverything } from './support/ledger.ts';

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
  await readDocuments(db, [{ collection: 'properties', fields: property({ _id: 1, agentId: 7 }) as never }], mapping);
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
  await readDocuments(db, homes, mapping);
  await settleReferences(db, now);
  await readDocuments(db, [{ collection: 'users', fields: user({ _id: 7 }) as never }], mapping);
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
  await readDocuments(
    db,
    [says('contacts', contact({ _id: 7 })), says('savedsearches', search('A-7', { _id: 1 }))],
    mapping,
  );
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
