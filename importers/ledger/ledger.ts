import { sql } from 'kysely';
import type { AggregateName } from '../../domain/events.ts';
import { inTransaction } from '../../platform/database/in-transaction.ts';
import { storableJson } from '../../platform/database/storable.ts';
import type { AnyDatabase } from '../database.ts';
import { type InRun, keepInQuarantine, type QuarantinedDocument } from '../staging/documents/quarantine.ts';

/** A record whose documents have been applied: the revision of its stream, and what was applied. */
export type AppliedRecord = {
  readonly recordKey: string;
  readonly revision: string;
  readonly applied: object;
  /** The latest `updatedAt` of its documents. */
  readonly updatedAt: string | undefined;
};

/** A refused record, with its documents as quarantine keeps them. */
export type RefusedRecord = {
  readonly recordKey: string;
  readonly documents: readonly (QuarantinedDocument & { readonly collection: string })[];
};

/**
 * Records what was applied, in batches that lag behind the appends. If a record was appended but not yet recorded here,
 * the next run finds nothing to append.
 */
export type Ledger = {
  applied(record: AppliedRecord): void | Promise<void>;
  /** The same, in the transaction of a decision that depends on it. */
  appliedNow(transaction: AnyDatabase, records: readonly AppliedRecord[]): Promise<void>;
  /** The record stays pending: the next run tries again. */
  refused(record: RefusedRecord): void | Promise<void>;
  /** The record has no documents left, because it never began or has ended. */
  gone(recordKey: string): void | Promise<void>;
  /** Waits until everything is written. */
  flush(): Promise<void>;
};

const batchSize = 256;

export const openLedger = (db: AnyDatabase, aggregate: AggregateName, run: InRun): Ledger => {
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
        await writeBatch(db, aggregate, { records, refusals, left }, run);
      }
    })();
    writing.catch(() => {}); // reported where it is awaited
    // While one batch is being written, the next one fills. If that is full too, appends wait.
    await before;
  };

  return {
    applied(record) {
      applied.push(record);
      if (applied.length >= batchSize) return write();
    },
    async appliedNow(transaction, records) {
      await writeBatch(transaction, aggregate, { records, refusals: [], left: [] }, run);
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
  run: InRun,
): Promise<void> => {
  const done = [...records.map(({ recordKey }) => recordKey), ...left];
  await inTransaction(db, async (transaction) => {
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
        await keepInQuarantine(transaction, collection, [document], run);
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
