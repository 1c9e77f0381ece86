import { sql } from 'kysely';
import type { AnyDatabase } from '../database.ts';

/** Documents that an earlier import read, and that this source does not hold any more. */
export type GoneDocuments = { readonly count: number; readonly examples: readonly string[] };

/** The ids that a collection gave, by their hashes: 16 bytes each at most, and a note may rest on 52 bits of hash. */
export type SeenIds = { add(id: string): void; has(id: string): boolean };

export const seenIds = (): SeenIds => {
  let slots = new Float64Array(1 << 10);
  let used = 0;
  // A hash is never 0, which marks an empty slot.
  const slotOf = (hash: number, table: Float64Array) => {
    let at = hash % table.length;
    while (table[at] !== 0 && table[at] !== hash) at = (at + 1) % table.length;
    return at;
  };
  const grow = () => {
    const larger = new Float64Array(slots.length * 2);
    for (const hash of slots) if (hash !== 0) larger[slotOf(hash, larger)] = hash;
    slots = larger;
  };
  return {
    add(id) {
      const hash = hashOf(id);
      const at = slotOf(hash, slots);
      if (slots[at] === hash) return;
      slots[at] = hash;
      if (++used * 2 > slots.length) grow();
    },
    has: (id) => slots[slotOf(hashOf(id), slots)] !== 0,
  };
};

/** FNV-1a in two lanes, 52 bits of it. */
const hashOf = (text: string): number => {
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b) ^ (low >>> 15);
  }
  return ((high >>> 0) % 0x100000) * 0x100000000 + (low >>> 0) + 1;
};

const pageSize = 20_000;

/** The documents on file of a collection, read by earlier runs, that `seen` lacks. A few are named. */
export const goneDocuments = async (
  db: AnyDatabase,
  collection: string,
  runId: string,
  seen: SeenIds,
): Promise<GoneDocuments> => {
  const gone = { count: 0, examples: [] as string[] };
  for (let after: string | undefined = ''; after !== undefined; ) {
    const { rows }: { rows: { legacy_id: string }[] } = await sql<{ legacy_id: string }>`
      select legacy_id from ops.import_document
      where collection = ${collection} and legacy_id > ${after} and import_run_id <> ${runId}::bigint
      order by legacy_id limit ${pageSize}`.execute(db);
    for (const { legacy_id: id } of rows) {
      if (seen.has(id)) continue;
      gone.count++;
      if (gone.examples.length < 5) gone.examples.push(id);
    }
    after = rows.length < pageSize ? undefined : rows.at(-1)!.legacy_id;
  }
  return gone;
};
