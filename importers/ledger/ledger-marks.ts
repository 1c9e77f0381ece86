import { sql } from 'kysely';
import { eventIdAt } from '../../eventstore/event-at.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { checkMark, type Mark } from '../../eventstore/mark.ts';
import type { AnyDatabase } from '../database.ts';

/** An import that appended something, and the last event of it. */
export type ImportMark = Mark & { readonly importRunId: string; readonly startedAt: Date; readonly events: number };

/** The newest imports that appended something, newest first. */
export const importMarks = async (db: AnyDatabase, limit = 100): Promise<readonly ImportMark[]> => {
  const { rows } = await sql<{ id: string; at: Date; events: string; position: string; event_id: string | null }>`
    select import_run_id as id, started_at as at, events, position_to as position, last_event_id as event_id
    from ops.import_run where position_to is not null
    order by import_run_id desc limit ${limit}`.execute(db);
  return rows.map(({ id, at, events, position, event_id }) => ({
    importRunId: id,
    startedAt: at,
    events: Number(events),
    position: BigInt(position),
    event: event_id === null ? null : { id: event_id, position: BigInt(position) },
  }));
};

/**
 * Makes sure that what the ledger says was appended is still there: otherwise an import would find everything unchanged and
 * say "0 events" of what is gone.
 * @throws UserError
 */
export const checkLedger = async (db: AnyDatabase, store: EventStore): Promise<void> => {
  const [newest] = await importMarks(db, 1);
  if (newest === undefined) return;
  await checkMark(store, `the import of ${newest.startedAt.toISOString()}`, newest);
};

/** The id of the event that an import ended with; `null` when it is not known. */
export const lastEventId = async (store: EventStore, position: string | null): Promise<string | null> =>
  position === null ? null : await eventIdAt(store, { commit: BigInt(position), prepare: BigInt(position) });
