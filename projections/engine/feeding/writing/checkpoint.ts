import type { Position, StoredEvent, UnreadableEvent } from '../../../../eventstore/stored-event.ts';
import { LeaseLost } from '../../../../platform/lease/lease.ts';
import { isAfter } from '../../builds/builds.ts';
import { type Database, execute, query } from '../../database.ts';
import type { RunningBuild } from '../running-build.ts';
import { noteReached } from './reached.ts';

/** Moves a build's checkpoint, in the transaction that writes its rows. */
export const writeCheckpoint = async (
  trx: Database,
  running: RunningBuild,
  position: Position,
  last: StoredEvent | UnreadableEvent | undefined,
  handled: number,
): Promise<void> => {
  const moved = await execute(
    trx,
    // Readers that wait for this read model are notified as soon as the transaction has committed.
    `update ops.projection_build
     set commit_position = $2, prepare_position = $3, events = events + $4, last_event_id = coalesce($5, last_event_id),
         last_event_position = coalesce($6, last_event_position), last_event_created = coalesce($7, last_event_created)
     where id = $1
     returning case when $4 > 0 then pg_notify('openhouse_read_model', $8) end`,
    [
      running.build.id,
      position.commit,
      position.prepare,
      handled,
      last?.id ?? null,
      last?.position.commit ?? null,
      last?.created ?? null,
      running.build.name,
    ],
  );
  if (moved === 0) throw new LeaseLost(running.lease.name); // it was dropped
};

/**
 * Moves the checkpoints of builds for which a batch has no events, in one statement. Returns those that have lost their
 * lease.
 */
export const advance = async (
  db: Database,
  runningBuilds: readonly RunningBuild[],
  position: Position,
  last: StoredEvent | UnreadableEvent | undefined,
): Promise<RunningBuild[]> => {
  const behind = runningBuilds.filter((running) => isAfter(position, running.position));
  if (behind.length === 0) return [];
  const rows = await query<{ id: string }>(
    db,
    // All leases are locked before the first row, in the same order as when feeding is paused.
    `with held as materialized (
       select array_agg(id) as ids from unnest($1::bigint[], $2::text[], $3::bigint[]) as lease (id, name, token)
       where ops.hold_lease(name, token)
     )
     update ops.projection_build b
     set commit_position = $4, prepare_position = $5, last_event_id = coalesce($6, last_event_id),
         last_event_position = coalesce($7, last_event_position), last_event_created = coalesce($8, last_event_created)
     from held where b.id = any (held.ids)
     returning b.id`,
    [
      behind.map(({ build }) => build.id),
      behind.map(({ lease }) => lease.name),
      behind.map(({ lease }) => lease.token),
      position.commit,
      position.prepare,
      last?.id ?? null,
      last?.position.commit ?? null,
      last?.created ?? null,
    ],
  );
  const moved = new Set(rows.map(({ id }) => id));
  for (const running of behind) {
    if (!moved.has(running.build.id)) continue;
    running.position = position;
    noteReached(running.build.name, position);
  }
  return behind.filter(({ build }) => !moved.has(build.id));
};
