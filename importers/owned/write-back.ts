import { sql } from 'kysely';
import type { OwnedType } from '../../domain/ownership/index.ts';
import { camelCased } from '../../tables/database.ts';
import { reasonInRecord } from '../apply/append-plan.ts';
import { documentsOfRecords, pendingAmong } from '../apply/load-pending.ts';
import type { AnyDatabase } from '../database.ts';
import type { ImportDeps } from '../deps.ts';
import { conflictsOfChanged } from '../differences/conflicts.ts';
import { type Outcome, retryNoLongerKept, retryOutOfQuarantine } from '../differences/outbox.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { migrateImport } from '../migrations.ts';
import { connectMongo, type Mongo } from '../mongo/connect.ts';
import { explainMongoError, isPassing } from '../mongo/explain-error.ts';
import { withImportLease } from '../running/import-run.ts';
import { carryOutDecisions } from './deciding/decide-all.ts';
import { readLive } from './read-live.ts';
import { closeIfAgreed } from './resolve-conflict.ts';
import { noteOwnChanges } from './writing/note-own-changes.ts';
import { isUnread, liveDocumentsOf } from './writing/records/live-documents.ts';
import { explainForbidden, failureOf } from './writing/records/refusals.ts';
import { recordWriter } from './writing/records/write-record.ts';
import { learningFrom } from './writing/records/writing.ts';

export type WriteBackOptions = { readonly mapping: CompiledMapping; readonly signal?: AbortSignal };

/** What one run did: records written, refused, and waiting for a later run (for a conflict, or the next attempt). */
export type WroteBack = {
  readonly written: number;
  readonly refused: number;
  readonly waiting: number;
};

const pageSize = 100;

/** How long to wait before trying a record again, in ms. */
const pauseAfter = (attempts: number) => Math.min(5_000 * 2 ** attempts, 60 * 60_000);
const mostAttempts = 12;

/**
 * Writes the records that were changed here while openhouse owned them to the old CRM, also those of a type that has gone back to
 * it since. A document that has changed there since it
 * was last read is read first: it may be a conflict.
 *
 * @throws UserError if a server cannot be reached; the next run continues
 */
export const writeBack = async (deps: ImportDeps, url: string, options: WriteBackOptions): Promise<WroteBack> => {
  const { db, store, clock } = deps;
  await migrateImport(db);
  await noteOwnChanges(db, store, clock.now());
  await retryOutOfQuarantine(db);
  await retryNoLongerKept(db);
  await carryOutDecisions(deps, { signal: options.signal, wait: false });
  for (const conflict of await conflictsOfChanged(db))
    await closeIfAgreed(db, store, conflict, clock.now()).catch((error: unknown) => {
      // It stays open, and holds up no other record.
      if (reasonInRecord(error) === undefined) throw error;
    });
  const done = { written: 0, refused: 0 };
  if ((await dueRecords(db, 1)).length > 0) {
    const mongo = await connectMongo(url);
    try {
      await writeDue(deps, mongo, options, done);
    } catch (error) {
      throw explainMongoError(error, mongo.shown) ?? error;
    } finally {
      await mongo.close();
    }
  }
  const { rows } = await sql<{ count: string }>`
    select count(*) from ops.write_back where state = 'due'`.execute(db);
  return { ...done, waiting: Number(rows[0]!.count) };
};

type Due = {
  readonly aggregate: OwnedType;
  readonly recordKey: string;
  readonly attempts: number;
  readonly dueAt: string;
};

/** Records to write now, the oldest first; one with an open conflict waits for its decision. */
const dueRecords = async (db: AnyDatabase, limit: number): Promise<readonly Due[]> => {
  const { rows } = await sql<Due>`
    select w.aggregate, w.record_key, w.attempts, w.next_attempt_at::text as due_at from ops.write_back w
    where w.state = 'due' and w.next_attempt_at <= clock_timestamp()
      and not exists (select from ops.legacy_conflict c
        where c.aggregate = w.aggregate and c.record_key = w.record_key and c.resolved_at is null)
    order by w.next_attempt_at, w.record_key limit ${limit}`.execute(camelCased(db));
  return rows;
};

const writeDue = async (
  deps: ImportDeps,
  mongo: Mongo,
  { mapping, signal = new AbortController().signal }: WriteBackOptions,
  done: { written: number; refused: number },
): Promise<void> => {
  const { db, store, clock } = deps;
  const learned = learningFrom(mongo, mapping);
  for (;;) {
    signal.throwIfAborted();
    const due = await dueRecords(db, pageSize);
    if (due.length === 0) return;
    const keys = due.map(({ recordKey }) => recordKey);
    // Also what an earlier run inserted, and was killed before it had noted that.
    const documents = await documentsOfRecords(db, keys, { unwrittenToo: true });
    const live = await liveDocumentsOf(mongo, mapping, due, documents);
    const changed = live.filter(isUnread);
    if (changed.length > 0 || (await pendingAmong(db, keys)).size > 0)
      await readLive(deps, mongo, changed, { mapping, signal });
    await withImportLease(
      db,
      signal,
      () => {},
      async (holding) => {
        const writer = await recordWriter(holding.db, store, mongo, mapping, await mongo.now(), learned);
        for (const one of await stillDue(holding.db, due)) {
          signal.throwIfAborted();
          const outcome = await writer(one.aggregate, one.recordKey).catch((error: unknown) => {
            if (isPassing(error)) throw error;
            const forbidden = explainForbidden(error, mongo.shown);
            if (forbidden !== undefined) throw forbidden;
            return failureOf(error);
          });
          await settle(holding.db, one, outcome, clock.now());
          if (outcome.outcome === 'written') done.written++;
          if (outcome.outcome === 'refused') done.refused++;
        }
      },
    );
  }
};

const stillDue = async (db: AnyDatabase, due: readonly Due[]): Promise<readonly Due[]> => {
  const { rows } = await sql<{ record_key: string }>`
    select record_key from ops.legacy_conflict
    where resolved_at is null and record_key = any (${due.map(({ recordKey }) => recordKey)}::text[])`.execute(db);
  const waiting = new Set(rows.map(({ record_key }) => record_key));
  return due.filter(({ recordKey }) => !waiting.has(recordKey));
};

/** A record that was changed again meanwhile stays due. */
const settle = async (db: AnyDatabase, { aggregate, recordKey, attempts, dueAt }: Due, outcome: Outcome, now: Date) => {
  const where = sql`where aggregate = ${aggregate} and record_key = ${recordKey} and state = 'due'
    and next_attempt_at = ${dueAt}::timestamptz`;
  if (outcome.outcome === 'written') {
    await sql`
      update ops.write_back set state = 'written', written_at = ${now}::timestamptz, attempts = 0, code = null, reason = null
      ${where}`.execute(db);
    return;
  }
  if (outcome.outcome === 'kept') {
    await sql`
      update ops.write_back set state = 'written', attempts = 0, code = ${outcome.code}, reason = ${outcome.reason}
      ${where}`.execute(db);
    return;
  }
  const refused = outcome.outcome === 'refused' || attempts + 1 >= mostAttempts;
  await sql`
    update ops.write_back set state = ${refused ? 'refused' : 'due'}, attempts = attempts + 1, code = ${outcome.code},
      reason = ${outcome.reason},
      next_attempt_at = clock_timestamp() + ${pauseAfter(attempts)} * interval '1 millisecond' ${where}`.execute(db);
};
