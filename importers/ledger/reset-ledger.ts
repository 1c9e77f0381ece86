import { sql } from 'kysely';
import { agents, leads, listings, savedSearches } from '../../commands/aggregates.ts';
import type { Decider } from '../../domain/decider.ts';
import { type AggregateName, type DomainEvent, streamName } from '../../domain/events.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { isReadable } from '../../eventstore/stored-event.ts';
import type { AnyDatabase } from '../database.ts';
import { migrateImport } from '../migrations.ts';

const aggregates = [
  { aggregate: agents, table: 'agents', key: 'member_key' },
  { aggregate: leads, table: 'leads', key: 'contact_key' },
  { aggregate: listings, table: 'listings', key: 'listing_key' },
  { aggregate: savedSearches, table: 'saved_searches', key: 'saved_search_key' },
] as const;

const pageSize = 500;

/**
 * Removes from the ledger what the event store no longer has, so that the next import applies it again: records whose
 * streams are gone or are shorter than the ledger says. For the shorter ones it keeps what imports had recorded by
 * then, so that later corrections by people do not count as differences.
 *
 * The read models must be up to date with the event store, because they provide the lengths of the streams.
 *
 * @param imports that ended with events which are gone
 * @returns how many records will be applied again
 */
export const resetLedger = async (
  db: AnyDatabase,
  store: EventStore,
  imports: readonly { readonly importRunId: string }[],
): Promise<number> => {
  await migrateImport(db);
  let records = 0;
  for (const { aggregate, table, key } of aggregates) {
    const { name } = aggregate;
    const model = sql.table(`read.${table}`);
    const modelKey = sql.ref(`model.${key}`);
    for (let after = ''; ; ) {
      const { rows } = await sql<{ record_key: string; revision: string | null; applied: { fields?: object } }>`
        select record.record_key, model.revision, record.applied from ops.import_record as record
          left join ${model} as model on ${modelKey} = record.record_key
        where record.aggregate = ${name} and record.record_key > ${after}
          and (model.revision is null or model.revision < record.revision)
        order by record.record_key limit ${pageSize}`.execute(db);
      if (rows.length === 0) break;
      for (const { record_key, revision, applied } of rows) {
        const known = Object.keys(applied.fields ?? {});
        const imported = revision === null ? null : await importedFields(store, aggregate, record_key, known);
        await applyAgain(db, name, record_key, imported, revision);
        records++;
      }
      after = rows.at(-1)!.record_key;
    }
    // Records that had ended in another record, but whose last event is gone.
    const { numAffectedRows } = await sql`
      insert into ops.import_pending (aggregate, record_key, suspect)
      select ${name}, merged.record_key, true from ops.import_merged as merged
        join ${model} as model on ${modelKey} = merged.record_key
      where merged.aggregate = ${name}
      on conflict (aggregate, record_key) do update set suspect = true`.execute(db);
    records += Number(numAffectedRows ?? 0n);
  }
  await sql`
    update ops.import_run
    set position_to = null, last_event_id = null,
      problems = problems || '[{"code": "events-gone", "message": "its last events are not in the event store any more"}]'::jsonb
    where import_run_id = any (${imports.map(({ importRunId }) => importRunId)}::bigint[])`.execute(db);
  return records;
};

/** The fields of a record as set by imports alone. */
const importedFields = async (
  store: EventStore,
  { name, decider }: { readonly name: AggregateName; readonly decider: object },
  key: string,
  fields: readonly string[],
): Promise<object> => {
  const { evolve, initialState } = decider as Decider<unknown, DomainEvent, { readonly fields: object }>;
  let state = initialState;
  for await (const stored of store.readStream(streamName(name, key))) {
    if (isReadable(stored) && stored.metadata.actor.kind === 'import') state = evolve(state, stored.event);
  }
  return Object.fromEntries(Object.entries(state.fields).filter(([field]) => fields.includes(field)));
};

const applyAgain = async (
  db: AnyDatabase,
  aggregate: AggregateName,
  recordKey: string,
  fields: object | null,
  revision: string | null,
): Promise<void> => {
  await db.transaction().execute(async (transaction) => {
    if (fields === null) {
      await sql`delete from ops.import_record where aggregate = ${aggregate} and record_key = ${recordKey}`.execute(
        transaction,
      );
    } else {
      // Only the fields: everything else (a pause, an opt-out) is commanded again, which changes nothing if it is
      // already so.
      await sql`
        update ops.import_record set applied = ${JSON.stringify({ fields })}::json, revision = ${revision}::bigint
        where aggregate = ${aggregate} and record_key = ${recordKey}`.execute(transaction);
    }
    await sql`
      insert into ops.import_pending (aggregate, record_key, suspect) values (${aggregate}, ${recordKey}, true)
      on conflict (aggregate, record_key) do update set suspect = true`.execute(transaction);
  });
};
