import { sql } from 'kysely';
import { regroup } from '../../../importers/staging/grouping/regroup.ts';
import type { TestMongo } from '../../support/mongo/start-mongo.ts';
import { allEvents, type TestImporter } from '../support/importer.ts';

/**
 * What commands have left everywhere: events, what openhouse keeps besides, and the old CRM's documents. Without numbers, IDs and
 * times that no two runs have in common.
 */
export const leftBy = async (
  { db, store }: Pick<TestImporter, 'db' | 'store'>,
  mongo?: TestMongo,
): Promise<Record<string, unknown>> => {
  const left: Record<string, unknown> = {};
  for (const { streamName, type, event, metadata } of await allEvents(store)) {
    const { actor, source, reason, occurredAt, occurredAtEstimated, sources, $causationId: cause } = metadata;
    const isDated = actor.kind === 'import' && occurredAtEstimated !== true;
    const said = { actor, source, reason, sources, occurredAt: isDated ? occurredAt : undefined };
    const why = cause.replace(/^(cli|conflict)-.*/, '$1');
    left[streamName] ??= [];
    (left[streamName] as unknown[]).push({ type, data: event.data, ...said, why });
  }
  // What waits to be grouped is not the same: a run that was killed may have grouped some of it already.
  for (const collection of ['users', 'contacts', 'properties'] as const) await regroup(db, collection);
  for (const [table, query] of Object.entries(tables)) {
    const { rows } = await sql<{ row: unknown }>`
      select to_jsonb(x) as row from (${sql.raw(query)}) as x order by to_jsonb(x)::text`.execute(db);
    left[table] = rows.map(({ row }) => row);
  }
  for (const { name } of (await mongo?.client.db().listCollections().toArray()) ?? []) {
    const documents = await mongo!.client
      .db()
      .collection(name)
      .find({}, { sort: { _id: 1 } })
      .toArray();
    left[`the old CRM: ${name}`] = documents.map(({ updatedAt: _, createdAt: __, ...document }) => document);
  }
  return JSON.parse(JSON.stringify(left)) as Record<string, unknown>;
};

const tables: Readonly<Record<string, string>> = {
  documents: `
    select collection, legacy_id, content_hash, version, payload, identities, merged, own_key, opt_out, record_key, contact_ref,
      agent_ref, contact_key, unresolved, warnings, readers, read_again, least(missed_sweeps, 2) as missed_sweeps, gone_at is not null as gone,
      original_block is not null as kept
    from ops.import_document`,
  originals: `
    select collection, sum(current) as current from ops.import_original group by 1`,
  quarantine: `
    select collection, document_key, legacy_id, code, path, reason, raw, content_hash, resolved_at is not null as resolved,
      refused_yn, dismissed_at is not null as dismissed, case when dismissed_at is not null then dismissed_by end as by,
      case when dismissed_at is not null then dismissed_because end as because, readers
    from ops.quarantine`,
  corrections: `
    select collection, document_key, legacy_id, content_hash, changes, edited_by, because, applied_at is not null as applied,
      dropped_at is not null as dropped
    from ops.quarantine_edit`,
  records: `select aggregate, record_key, revision, applied from ops.import_record`,
  merged: `select aggregate, record_key, into_key from ops.import_merged`,
  pending: `select * from ops.import_pending`,
  identities: `select * from ops.import_identity`,
  names: `select * from ops.import_document_name`,
  addresses: `select * from ops.import_address`,
  optedOut: `select identity, place from ops.import_opt_out`,
  marks: `select collection, kind, key from ops.import_grouping_mark`,
  stops: `
    select result, stopped -> 'collections' as stopped, accepted_at is not null as accepted from ops.import_run
    where stopped is not null or result = 'running'`,
  conflicts: `
    select aggregate, record_key, document, fields, resolved_at is not null as resolved, resolution, resolved_by, because
    from ops.legacy_conflict`,
  writeBack: `
    select aggregate, record_key, state, attempts, code, reason, intended, inserting from ops.write_back`,
  repairing: `select record_type, record_key, action from ops.parity_repair`,
  following: `
    select collection, documents, undated, gone_waiting, gone_confirmed_at is not null as confirmed, problem, sweep_after
    from ops.import_follow`,
};
