import { sql } from 'kysely';
import { type Aggregate, execute, load } from '../../commands/execute.ts';
import { rememberMerged } from '../../delivery/sent-memory.ts';
import type { DomainEvent } from '../../domain/events.ts';
import { isOwnedType } from '../../domain/ownership/index.ts';
import type { AnyDatabase } from '../database.ts';
import { onceDecided } from '../differences/accepted.ts';
import { closeOfEnded } from '../differences/conflicts.ts';
import { openLedger } from '../ledger/ledger.ts';
import { type Applying, type ApplyResult, moveTo } from './apply-records.ts';
import { contextOfMerging, occurred } from './planning/event-context.ts';
import type { Planner } from './planning/planner.ts';

/**
 * Ends the records whose documents all went to another record, each with an event that names the other one. This runs
 * last, when everything that belonged to them (saved searches, the memory of what was sent) is already with the other
 * record.
 */
export const endRecords = async <Command, Event extends DomainEvent, State>(
  aggregate: Aggregate<Command, Event, State>,
  { merging }: Planner<Command, State>,
  { db, store, runId, now, signal, planning, storeEnd }: Applying,
  result: ApplyResult,
): Promise<void> => {
  if (merging === undefined) return;
  const { rows } = await sql<{ record_key: string; into_key: string }>`
    select m.record_key, m.into_key from ops.import_merged m
    join ops.import_pending p on p.aggregate = m.aggregate and p.record_key = m.record_key
    where m.aggregate = ${aggregate.name}
      and not exists (select from ops.import_document d where d.record_key = m.record_key)
    order by m.record_key`.execute(db);
  const ledger = openLedger(db, aggregate.name, { runId, now });
  const endNow = async (db: AnyDatabase, recordKey: string, intoKey: string) => {
    const loaded = await load(store, aggregate, recordKey);
    // A killed run may have staged a record without appending it.
    if (loaded.revision !== 'no-stream') {
      const context = contextOfMerging(aggregate.name, recordKey, intoKey, occurred(planning.now));
      const done = await execute(store, aggregate, recordKey, [merging.command(intoKey)], context, loaded);
      if (!done.ok) throw new Error(`${recordKey} cannot end in ${intoKey}: ${done.rejection.message}`);
      if (done.position !== null && done.position.commit > (storeEnd ?? -1n)) {
        result.events += done.events.length;
        moveTo(result, done.position.commit);
      }
      // Once more, for messages sent in its name since.
      await rememberMerged(db, merging.remembered, { from: recordKey, into: intoKey });
    }
  };
  const { name } = aggregate;
  const end = async (recordKey: string, intoKey: string) => {
    if (!isOwnedType(name)) return await endNow(db, recordKey, intoKey);
    await onceDecided({ db, store }, name, [recordKey], signal, async (db) => {
      await endNow(db, recordKey, intoKey);
      await closeOfEnded(db, name, recordKey, now);
    });
  };
  try {
    for (const { record_key: recordKey, into_key: intoKey } of rows) {
      signal.throwIfAborted();
      await end(recordKey, intoKey);
      await ledger.gone(recordKey);
    }
  } finally {
    await ledger.flush();
  }
};
