import { sql } from 'kysely';
import type { AggregateName } from '../../domain/events.ts';
import { storableJson } from '../../platform/database/storable.ts';
import type { AnyDatabase } from '../database.ts';
import type { QuarantinedDocument } from '../staging/documents/quarantine.ts';
import { keepInQuarantine } from '../staging/documents/quarantine.ts';

/** A record whose documents are applied: where its stream stands, and what was applied of them. */
export type AppliedRecord = {
  readonly recordKey: string;
  readonly revision: string;
  readonly applied: object;
  /** The latest `updatedAt` of its documents. */
  readonly updatedAt: string | undefined;
};

/** A record that was refused, with its documents as they are kept. */
export type RefusedRecord = {
  readonly recordKey: string;
  readonly documents: readonly (QuarantinedDocument & { readonly collection: string })[];
};

/**
 * Writes down what was applied, in batches behind the appends: a record that was appended and not written down is found
 * unchanged by the next run.
 */
export type Ledger = {
  applied(record: AppliedRecord): void | Promise<void>;
  /** It stays pending: the next run tries again. */
  refused(record: RefusedRecord): void | Promise<void>;
  /** A record that has no documents any more: there never was one, or it ended. */
  gone(recordKey: string): void | Promise<void>;
  /** Waits until all is written. */
  flush(): Promise<void>;
};

const batchSize = 256;

export const openLedger = (db: AnyDatabase, aggregate: AggregateName, now: Date): Ledger => {
  let applied: AppliedRecord[] = [];
  let refused: RefusedRecord[] = [];
  let gone: string[] = [];
  let writing: Promise<void> = Promise.resolve();

  const write = async () => {
    const [records, refusals, left] = [applied, refused, gone];
    [applied, refused, gone] = [[], [], []];
    const before = writing;
    writing = (async () => {
      await before;
      if (records.length + refusals.length + left.length > 0) {
        await writeBatch(db, aggregate, { records, refusals, left }, now);
      }
    })();
    writing.catch(() => {}); // told by whoever waits for it
    // One batch may be on its way while the next fills; a second one waits, and its appends with it.
    await before;
  };

  return {
    applied(record) {
      applied.push(record);
      if (applied.length >= batchSize) return write();
    },
    refused(record) {
      refused.push(record);
      if (refused.length >= batchSize) return write();
    },
    gone(recordKey) {
      gone.push(recordKey);
      if (gone.length >= batchSize) return write();
    },
    async flush() {
      await write();
      await writing;
    },
  };
};

type Batch = {
  readonly records: readonly AppliedRecord[];
  readonly refusals: readonly RefusedRecord[];
  readonly left: readonly string[];
};

const writeBatch = async (
  db: AnyDatabase,
  aggregate: AggregateName,
  { records, refusals, left }: Batch,
  now: Date,
): Promise<void> => {
  const done = [...records.map(({ recordKey }) => recordKey), ...left];
  await db.transaction().execute(async (transaction) => {
    if (records.length > 0) {
      await sql`
        insert into ops.import_record as r (aggregate, record_key, revision, applied, updated_at)
        select ${aggregate}, "recordKey", revision, applied, "updatedAt"
        from json_to_recordset(${storableJson(records)}::json) as x (
          "recordKey" text, revision bigint, applied json, "updatedAt" timestamptz)
        on conflict (aggregate, record_key) do update set
          revision = excluded.revision, applied = excluded.applied,
          updated_at = greatest(r.updated_at, excluded.updated_at)`.execute(transaction);
    }
    for (const { documents } of refusals) {
      for (const { collection, ...document } of documents) {
        await keepInQuarantine(transaction, collection, [document], now);
      }
    }
    if (left.length > 0) {
      await sql`
        with gone as (
          delete from ops.import_record where aggregate = ${aggregate} and record_key = any (${left}::text[]) returning *
        )
        update ops.import_merged m set applied = gone.applied, revision = gone.revision, updated_at = gone.updated_at
        from gone where m.aggregate = gone.aggregate and m.record_key = gone.record_key`.execute(transaction);
    }
    await sql`
      delete from ops.import_pending where aggregate = ${aggregate} and record_key = any (${done}::text[])
    `.execute(transaction);
  });
};
