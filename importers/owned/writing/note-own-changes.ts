import { sql } from 'kysely';
import { parseStreamName } from '../../../domain/events.ts';
import { isOwnedType, type OwnedType } from '../../../domain/ownership/index.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { checkMark } from '../../../eventstore/positions/mark.ts';
import { isReadable } from '../../../eventstore/stored-event.ts';
import type { AnyDatabase } from '../../database.ts';
import { markDue } from '../../differences/outbox.ts';

const batchSize = 1_000;

/**
 * Notes which records were changed here since the last time, by anything but an import: they are due if openhouse owns their
 * type, and `local` otherwise. The cursor moves in the same transaction, so none is missed, whenever the process dies.
 */
export const noteOwnChanges = async (
  db: AnyDatabase,
  store: EventStore,
  owned: ReadonlySet<OwnedType>,
  now: Date,
): Promise<void> => {
  const { rows } = await sql<{ position: string; event_id: string }>`
    select position, event_id from ops.write_back_cursor`.execute(db);
  const from = rows[0] === undefined ? null : BigInt(rows[0].position);
  if (from !== null) {
    const event = { id: rows[0]!.event_id, position: from };
    await checkMark(store, 'what was changed here', { position: from, event });
  }
  let changed = new Map<string, { aggregate: OwnedType; key: string }>();
  let last: { readonly position: bigint; readonly id: string } | undefined;
  let read = 0;
  const write = async () => {
    const [records, mark] = [changed, last];
    [changed, last, read] = [new Map(), undefined, 0];
    if (mark === undefined) return;
    await db.transaction().execute(async (transaction) => {
      for (const aggregate of new Set([...records.values()].map((record) => record.aggregate))) {
        const keys = [...records.values()].filter((record) => record.aggregate === aggregate).map(({ key }) => key);
        await markDue(transaction, aggregate, keys, now, owned.has(aggregate) ? 'due' : 'local');
      }
      await sql`
        insert into ops.write_back_cursor (position, event_id) values (${String(mark.position)}::numeric, ${mark.id})
        on conflict (only_row) do update set position = excluded.position, event_id = excluded.event_id`.execute(
        transaction,
      );
    });
  };
  for await (const stored of store.readAll({ after: from === null ? null : { commit: from, prepare: from } })) {
    if (from !== null && stored.position.commit <= from) continue;
    last = { position: stored.position.commit, id: stored.id };
    if (++read >= batchSize * 20 || changed.size >= batchSize) await write();
    if (isReadable(stored) && stored.metadata.actor.kind === 'import') continue;
    const stream = parseStreamName(stored.streamName);
    if (stream === null || !isOwnedType(stream.aggregate)) continue;
    last = { position: stored.position.commit, id: stored.id };
    changed.set(stored.streamName, { aggregate: stream.aggregate, key: stream.key });
  }
  await write();
  await followOwnership(db, owned, now);
};

/**
 * What was changed here while the old CRM owned its type is to be written once openhouse does, and the other way round. This is asked
 * anew each time, because a process may die, or be about to note a change, at the moment in which a type is handed over.
 */
const followOwnership = async (db: AnyDatabase, owned: ReadonlySet<OwnedType>, now: Date): Promise<void> => {
  const isOwned = sql`aggregate = any (${[...owned]}::text[])`;
  await sql`
    update ops.write_back set state = case when ${isOwned} then 'due' else 'local' end, due_since = ${now}::timestamptz,
      next_attempt_at = clock_timestamp()
    where (state = 'local' and ${isOwned}) or (state = 'due' and not ${isOwned})`.execute(db);
};
