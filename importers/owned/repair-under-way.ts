import { sql } from 'kysely';
import { streamName } from '../../domain/events.ts';
import type { OwnedType } from '../../domain/ownership/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { AnyDatabase } from '../database.ts';

type Repairing = { readonly recordKey: string; readonly action: string };

/**
 * The records that a repair makes equal, noted before it does so: whatever moment it is killed at, the one that completes it knows
 * what was done, and the event that ends both says so.
 */
export const beginRepair = async (db: AnyDatabase, store: EventStore, recordType: OwnedType) => {
  const number = (await repairsOnRecord(store, recordType)) + 1;
  // Of a repair that is on record, and was killed before it had deleted them.
  await sql`
    delete from ops.parity_repair where record_type = ${recordType} and repair_number < ${number}`.execute(db);
  const ofThisRepair = sql`record_type = ${recordType} and repair_number = ${number}`;
  return {
    async begin(records: readonly Repairing[]): Promise<void> {
      await sql`
        insert into ops.parity_repair (record_type, repair_number, record_key, action)
        select ${recordType}, ${number}, x.record_key, x.action
        from unnest(${records.map(({ recordKey }) => recordKey)}::text[], ${records.map(({ action }) => action)}::text[])
          as x (record_key, action)
        on conflict (record_type, record_key) do update set
          repair_number = excluded.repair_number, action = excluded.action`.execute(db);
    },
    async leaveAlone(recordKey: string): Promise<void> {
      await sql`delete from ops.parity_repair where ${ofThisRepair} and record_key = ${recordKey}`.execute(db);
    },
    async counts(): Promise<{ readonly corrected: number; readonly writtenBack: number }> {
      const { rows } = await sql<{ corrected: number; written_back: number }>`
        select (count(*) filter (where action <> 'write-back'))::int as corrected,
          (count(*) filter (where action = 'write-back'))::int as written_back
        from ops.parity_repair where ${ofThisRepair}`.execute(db);
      return { corrected: rows[0]!.corrected, writtenBack: rows[0]!.written_back };
    },
    async end(): Promise<void> {
      await sql`delete from ops.parity_repair where ${ofThisRepair}`.execute(db);
    },
  };
};

const repairsOnRecord = async (store: EventStore, recordType: OwnedType): Promise<number> => {
  let count = 0;
  for await (const { type } of store.readStream(streamName('ownership', recordType)))
    if (type === 'ParityRepaired') count++;
  return count;
};
