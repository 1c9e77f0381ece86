import type { Kysely } from 'kysely';
import type { Mark } from '../eventstore/positions/mark.ts';
import { listBuilds } from '../projections/engine/builds/builds.ts';

/**
 * The position that all these read models have reached. Each is fed separately, so code that reads several at once and
 * depends on positions must not look further than the slowest one.
 *
 * @returns position 0 if one of them has not been built yet
 */
export const reachedBy = async (db: Kysely<unknown>, names: readonly string[]): Promise<Mark> => {
  const live = await listBuilds(db, ['live']);
  const marks = names.map((name): Mark => {
    const build = live.find((one) => one.name === name);
    return { position: build?.position?.commit ?? 0n, event: build?.lastEvent ?? null };
  });
  return marks.reduce((least, mark) => (mark.position < least.position ? mark : least));
};
