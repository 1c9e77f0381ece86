import { sql } from 'kysely';
import type { CommandContext } from '../../commands/execute.ts';
import type { RepairDone } from '../../commands/ownership/change-ownership.ts';
import { streamName } from '../../domain/events.ts';
import type { OwnedType } from '../../domain/ownership/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { storableJson } from '../../platform/database/storable.ts';
import type { AnyDatabase } from '../database.ts';

type Repairing = { readonly recordKey: string; readonly action: string };

/**
 * The records that a repair makes equal, noted before it does so: whatever moment it is killed at, the one that completes it knows
 * what was done, and for whom, and the events that end both say so.
 */
export const beginRepair = async (
  db: AnyDatabase,
  store: EventStore,
  recordType: OwnedType,
  context: CommandContext,
) => {
  const number = (await repairsOnRecord(store, recordType)) + 1;
  // Of a repair that is on record, and was killed before it had deleted them.
  await sql`
    delete from ops.parity_repair where record_type = ${recordType} and repair_number < ${number}`.execute(db);
  const ofThisRepair = sql`record_type = ${recordType} and repair_number = ${number}`;
  return {
    async begin(records: readonly Repairing[]): Promise<void> {
      await sql`
        insert into ops.parity_repair (record_type, repair_number, record_key, action, context)
        select ${recordType}, ${number}, x.record_key, x.action, ${storableJson(context)}::json
        from unnest(${records.map(({ recordKey }) => recordKey)}::text[], ${records.map(({ action }) => action)}::text[])
          as x (record_key, action)
        on conflict (record_type, record_key) do update set
          repair_number = excluded.repair_number, action = excluded.action, context = excluded.context`.execute(db);
    },
    async leaveAlone(recordKey: string): Promise<void> {
      await sql`delete from ops.parity_repair where ${ofThisRepair} and record_key = ${recordKey}`.execute(db);
    },
    /** What this repair did, and those that it completes: one for each person and reason. */
    async done(): Promise<readonly Omit<RepairDone, 'leftAlone'>[]> {
      const { rows } = await sql<{ context: CommandContext | null; corrected: number; written_back: number }>`
        select context::text::json as context, (count(*) filter (where action <> 'write-back'))::int as corrected,
          (count(*) filter (where action = 'write-back'))::int as written_back
        from ops.parity_repair where ${ofThisRepair} group by context::text order by context::text`.execute(db);
      const done = new Map<string, Omit<RepairDone, 'leftAlone'>>();
      for (const { context: found, corrected, written_back } of rows) {
        const isThis = found === null || asked(found) === asked(context);
        const by = isThis ? context : found;
        const before = done.get(asked(by)) ?? { context: by, corrected: 0, writtenBack: 0 };
        done.set(asked(by), {
          ...before,
          corrected: before.corrected + corrected,
          writtenBack: before.writtenBack + written_back,
        });
      }
      return [...done.values()];
    },
    async end(): Promise<void> {
      await sql`delete from ops.parity_repair where ${ofThisRepair}`.execute(db);
    },
  };
};

/** The same for the same person and reason. */
const asked = ({ actor, reason }: CommandContext): string => JSON.stringify([actor.kind, actor.id, reason]);

const repairsOnRecord = async (store: EventStore, recordType: OwnedType): Promise<number> => {
  let count = 0;
  for await (const { type } of store.readStream(streamName('ownership', recordType)))
    if (type === 'ParityRepaired') count++;
  return count;
};
