import { sql } from 'kysely';
import { eventIdAt } from '../../eventstore/event-at.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { checkMark, type Mark } from '../../eventstore/positions/mark.ts';
import type { AnyDatabase } from '../database.ts';

/** An import that appended events, and the last of them. */
export type ImportMark = Mark & { readonly importRunId: string; readonly startedAt: Date; readonly events: number };

/** The latest imports that appended events, newest first. */
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
 * Checks that the events which the ledger records are still in the event store. Otherwise an import would find
 * everything unchanged and report "0 events", although the events are gone.
 * @throws UserError
 */
export const checkLedger = async (db: AnyDatabase, store: EventStore): Promise<void> => {
  const [newest] = await importMarks(db, 1);
  if (newest === undefined) return;
  await checkMark(store, `the import of ${newest.startedAt.toISOString()}`, newest);
};

/** The ID of the last event of an import; `null` if it is not known. */
export const lastEventId = async (store: EventStore, position: string | null): Promise<string | null> =>
  position === null ? null : await eventIdAt(store, { commit: BigInt(position), prepare: BigInt(position) });
