import type { Kysely } from 'kysely';
import type { Mark } from '../eventstore/mark.ts';
import { listBuilds } from '../projections/engine/builds/builds.ts';

/**
 * Up to where all these read models have come. They are fed each by itself: who looks at several at once and goes by
 * positions must not look further than the slowest of them.
 *
 * @returns position 0 when one of them has not been built yet
 */
export const reachedBy = async (db: Kysely<unknown>, names: readonly string[]): Promise<Mark> => {
  const live = await listBuilds(db, ['live']);
  const marks = names.map((name): Mark => {
    const build = live.find((one) => one.name === name);
    return { position: build?.position?.commit ?? 0n, event: build?.lastEvent ?? null };
  });
  return marks.reduce((least, mark) => (mark.position < least.position ? mark : least));
};
