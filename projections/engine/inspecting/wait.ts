import type { Position } from '../../../eventstore/stored-event.ts';
import { isAfter } from '../builds/builds.ts';
import { projectionNames, unknownProjection } from '../builds/choose.ts';
import { type Database, query } from '../database.ts';
import { untilReached } from '../feeding/writing/reached.ts';

/**
 * Waits until a live read model shows everything up to a position, such as the position that a command returned, so
 * that one can read one's own write. If this process feeds it, it is seen at once, otherwise by looking every few ms.
 *
 * @param name of the projection (`listings`)
 * @returns whether it got there within `timeoutMs`
 * @throws UserError if there is no such projection
 */
export const waitForPosition = async (
  db: Database,
  name: string,
  position: Position,
  timeoutMs: number,
): Promise<boolean> => {
  const deadline = Date.now() + timeoutMs;
  for (let pause = 2; ; pause = Math.min(pause * 2, 50)) {
    const [row] = await query<{ commit_position: string | null; prepare_position: string | null }>(
      db,
      `select commit_position, prepare_position from ops.projection_build where name = $1 and state = 'live'`,
      [name],
    );
    if (row === undefined) throw unknownProjection(name, await projectionNames(db));
    const reached =
      row.commit_position === null
        ? null
        : { commit: BigInt(row.commit_position), prepare: BigInt(row.prepare_position ?? row.commit_position) };
    if (!isAfter(position, reached)) return true;
    if (Date.now() >= deadline) return false;
    await untilReached(name, position, Math.max(0, Math.min(pause, deadline - Date.now())));
  }
};
