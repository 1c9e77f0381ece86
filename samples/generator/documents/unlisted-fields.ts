import { befalls, type Fields, note } from '../dirt.ts';
import { random } from '../random.ts';
import type { World } from '../world.ts';

/** Leftovers of old tools: fields that are not in any list. */
export function unlisted(
  world: World,
  collection: 'properties' | 'contacts' | 'users' | 'savedsearches',
  index: number | string,
): Fields {
  if (!befalls(world, `${collection} with unlisted fields`, index, 0.4)) return {};
  const r = random(world.seed, 'unlisted', collection, index);
  note(world, collection, 'fields not listed');
  return r.pick<() => Fields>([
    () => ({ scrapeHash: r.uint32().toString(16), _import: { file: `batch-${r.int(1, 9)}.csv`, row: r.int(2, 900) } }),
    () => ({ migratedFrom: 'top_producer', tmp: null }),
    () => ({ custom1: r.pick(['yes', '', 'see Marie']), zz_old: [r.int(0, 9), String(r.int(0, 9))] }),
    () => ({ 'price (old)': `$${r.int(100, 999)},000`, views: r.int(0, 4000) }),
  ])();
}
