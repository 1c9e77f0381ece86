import { sql } from 'kysely';
import { parseStreamName } from '../../../domain/events.ts';
import { isOwnedType, type OwnedType, ownedTypes } from '../../../domain/ownership/index.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { checkMark, type Mark } from '../../../eventstore/positions/mark.ts';
import { isReadable } from '../../../eventstore/stored-event.ts';
import type { AnyDatabase } from '../../database.ts';
import { markDue } from '../../differences/outbox.ts';
import { ownedByOpenhouse, ownershipChangedIn } from '../../differences/ownerships.ts';

const batchSize = 1_000;

/** The last event that was considered; `null` if none was. */
export const ownChangesMark = async (db: AnyDatabase): Promise<Mark | null> => {
  const { rows } = await sql<{ position: string; event_id: string }>`
    select position, event_id from ops.write_back_cursor`.execute(db);
  if (rows[0] === undefined) return null;
  const position = BigInt(rows[0].position);
  return { position, event: { id: rows[0].event_id, position } };
};

/**
 * Considers all events again, because some of those that were are gone: positions do not mean the same any more. Records that are
 * written again as they are do not change.
 */
export const noteOwnChangesAgain = async (db: AnyDatabase): Promise<void> => {
  await sql`delete from ops.write_back_cursor`.execute(db);
};

/**
 * Notes which records were changed here since the last time, by anything but an import: they are due if openhouse owned their type
 * at that moment, and `local` otherwise. So what was changed in the last moment before a type went back to the old CRM is still
 * written, and what was changed after that is not. The cursor moves in the same transaction, so none is missed, whenever the process
 * dies.
 */
export const noteOwnChanges = async (db: AnyDatabase, store: EventStore, now: Date): Promise<void> => {
  const mark = await ownChangesMark(db);
  if (mark !== null) await checkMark(store, 'what was changed here', mark);
  const from = mark?.position ?? null;
  const owned = new Set(mark === null ? [] : await ownedAtMark(db, store));
  let changed = new Map<string, { aggregate: OwnedType; key: string; state: 'due' | 'local' }>();
  let last: { readonly position: bigint; readonly id: string; readonly owned: readonly OwnedType[] } | undefined;
  let read = 0;
  const write = async () => {
    const [records, mark] = [changed, last];
    [changed, last, read] = [new Map(), undefined, 0];
    if (mark === undefined) return;
    await db.transaction().execute(async (transaction) => {
      const all = [...records.values()];
      for (const [aggregate, state] of ownedTypes.flatMap((type) => [
        [type, 'local'] as const,
        [type, 'due'] as const,
      ])) {
        const some = all.filter((record) => record.aggregate === aggregate && record.state === state);
        const keys = some.map(({ key }) => key);
        await markDue(transaction, aggregate, keys, now, state);
      }
      await sql`
        insert into ops.write_back_cursor (position, event_id, owned)
        values (${String(mark.position)}::numeric, ${mark.id}, ${mark.owned}::text[])
        on conflict (only_row) do update set
          position = excluded.position, event_id = excluded.event_id, owned = excluded.owned`.execute(transaction);
    });
  };
  const noteRecord = (name: string) => {
    const stream = parseStreamName(name);
    if (stream === null || !isOwnedType(stream.aggregate)) return;
    const { aggregate, key } = stream;
    const isDue = owned.has(aggregate) || changed.get(name)?.state === 'due';
    changed.set(name, { aggregate, key, state: isDue ? 'due' : 'local' });
  };
  for await (const stored of store.readAll({ after: from === null ? null : { commit: from, prepare: from } })) {
    if (from !== null && stored.position.commit <= from) continue;
    const ownership = ownershipChangedIn(stored);
    if (ownership?.owner === 'openhouse') owned.add(ownership.recordType);
    if (ownership?.owner === 'legacy') owned.delete(ownership.recordType);
    if (!isReadable(stored) || stored.metadata.actor.kind !== 'import') noteRecord(stored.streamName);
    last = { position: stored.position.commit, id: stored.id, owned: [...owned] };
    if (++read >= batchSize * 20 || changed.size >= batchSize) await write();
  }
  await write();
  await takeOverLocal(db, owned, now);
};

/** The types that openhouse owned at the last event that was considered; an older release did not note them. */
const ownedAtMark = async (db: AnyDatabase, store: EventStore): Promise<Iterable<OwnedType>> => {
  const { rows } = await sql<{ owned: OwnedType[] | null }>`select owned from ops.write_back_cursor`.execute(db);
  return rows[0]?.owned ?? (await ownedByOpenhouse(store));
};

/**
 * What was changed here while the old CRM owned its type is to be written once openhouse does. This is asked anew each time, because
 * a process may die, or be about to note a change, at the moment in which a type is handed over.
 */
const takeOverLocal = async (db: AnyDatabase, owned: ReadonlySet<OwnedType>, now: Date): Promise<void> => {
  await sql`
    update ops.write_back set state = 'due', due_since = ${now}::timestamptz, next_attempt_at = clock_timestamp()
    where state = 'local' and aggregate = any (${[...owned]}::text[])`.execute(db);
};
