import type { Kysely } from 'kysely';
import { listBuilds } from '../projections/engine/builds/builds.ts';

/**
 * The position in `$all` that all these read models have reached. They are fed each by itself: who looks at several at
 * once and goes by positions must not look further than the slowest of them.
 *
 * @returns 0 when one of them has not been built yet
 */
export const reachedBy = async (db: Kysely<unknown>, names: readonly string[]): Promise<bigint> => {
  const live = await listBuilds(db, ['live']);
  const positions = names.map((name) => live.find((build) => build.name === name)?.position?.commit ?? 0n);
  return positions.sort((left, right) => (left < right ? -1 : 1))[0] ?? 0n;
};
