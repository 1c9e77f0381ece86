import { sql } from 'kysely';
import { type AggregateName, parseStreamName } from '../../domain/events.ts';
import type { Warning } from '../../domain/values.ts';
import type { NewEvent } from '../../eventstore/codec.ts';
import type { OnAppend } from '../../eventstore/observed-store.ts';
import { camelCased } from '../../tables/database.ts';
import { collectionPlans } from '../collections.ts';
import type { AnyDatabase } from '../database.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import type { Ran } from '../running/import-source.ts';
import type { LegacyCollection } from '../source.ts';
import type { Change } from '../staging/edits/changes.ts';
import type { Entry } from './entries.ts';
import { type Unread, unreadIn } from './unread-paths.ts';

/** An event that a run appended, or would append. */
export type AppendedEvent = {
  readonly aggregate: AggregateName;
  readonly recordKey: string;
  readonly type: string;
  readonly data: object;
};

/** Collects the events of a run: all are counted, and the first ones are kept. */
export const collectEvents = (most = 200) => {
  const events: AppendedEvent[] = [];
  let count = 0;
  const onAppend: OnAppend = (stream, appended: readonly NewEvent[]) => {
    const { aggregate, key } = parseStreamName(stream)!;
    for (const { event } of appended) {
      if (count++ < most) events.push({ aggregate, recordKey: key, type: event.type, data: event.data });
    }
  };
  return { onAppend, events, count: () => count };
};

/** What became of an entry in a run, or would become of it. */
export type Outcome = {
  readonly quarantineId: string;
  readonly resolved: boolean;
  /** Why it is still in quarantine. */
  readonly reason: { readonly code: string; readonly path: string; readonly reason: string } | null;
  /** The record that its document belongs to, with the document's fields. */
  readonly record: {
    readonly aggregate: AggregateName;
    readonly recordKey: string;
    /** Whether other documents are about the same. */
    readonly shared: boolean;
    readonly fields: Readonly<Record<string, unknown>>;
  } | null;
  /** Its fields that were not understood, or only in part, and the reasons for which a saved search is on hold. */
  readonly warnings: readonly Warning[];
  /** The paths of the correction that nothing reads; `null` if all are read. */
  readonly unread: Unread | null;
  /** All events of the run, also of records that waited for this one. */
  readonly events: readonly AppendedEvent[];
  /** Other entries that left the quarantine, by collection. */
  readonly alsoResolved: readonly { readonly collection: string; readonly count: number }[];
  readonly notes: readonly string[];
};

/** Looks at what a run did to an entry. */
export const outcomeOf = async (
  { db, summary }: Ran,
  entry: Entry,
  { changes, mapping }: { readonly changes: readonly Change[]; readonly mapping: CompiledMapping },
  events: readonly AppendedEvent[],
): Promise<Outcome> => {
  const { quarantineId, collection, contentHash } = entry;
  const { rows } = await sql<{ resolved: boolean; code: string; path: string; reason: string }>`
    select resolved_at is not null as resolved, code, path, reason from ops.quarantine
    where quarantine_id = ${quarantineId}::bigint`.execute(db);
  const { resolved, ...reason } = rows[0]!;
  const { record, holdReasons } = (resolved ? await documentOnFile(db, collection, contentHash) : undefined) ?? {};
  const { warnings = [], ...fields } = record?.fields ?? {};
  return {
    quarantineId,
    resolved,
    reason: resolved ? null : reason,
    record: record === undefined ? null : { ...record, fields },
    warnings: [...(warnings as readonly Warning[]), ...(holdReasons ?? [])],
    unread: unreadIn(entry, changes, mapping, resolved ? undefined : reason.path),
    events,
    alsoResolved: (await resolvedIn(db, summary.importRunId, quarantineId)) ?? [],
    notes: summary.notes,
  };
};

const documentOnFile = async (db: AnyDatabase, collection: LegacyCollection, contentHash: string) => {
  if (collection === 'alerts_sent') return undefined;
  type Row = {
    recordKey: string;
    fields: Record<string, unknown> | null;
    holdReasons: readonly Warning[] | null;
    shared: boolean;
  };
  const { rows } = await sql<Row>`
    select record_key, payload -> 'fields' as fields, payload -> 'holdReasons' as hold_reasons,
      exists (select from ops.import_document o where o.record_key = d.record_key and o.collection = d.collection
        and o.legacy_id <> d.legacy_id) as shared
    from ops.import_document d
    where collection = ${collection} and content_hash = ${contentHash} and record_key is not null limit 1`.execute(
    camelCased(db),
  );
  const [found] = rows;
  if (found === undefined) return undefined;
  const { holdReasons, fields, ...record } = found;
  return { record: { ...record, aggregate: collectionPlans[collection].aggregate, fields: fields ?? {} }, holdReasons };
};

/** Entries that a run released, by collection, except one. */
export const resolvedIn = async (db: AnyDatabase, runId: string, except = '0') => {
  const { rows } = await sql<{ collection: string; count: number }>`
    select q.collection, count(*)::int as count from ops.quarantine q
      join ops.import_run r on r.import_run_id = ${runId}::bigint
    where q.resolved_at >= r.started_at and q.quarantine_id <> ${except}::bigint group by 1 order by 1`.execute(db);
  return rows;
};
