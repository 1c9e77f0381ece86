import type { Pool } from 'pg';
import { byteaArray } from '../binary-array.ts';

/** What the writer knows about a stream, including what is decided but not yet committed. */
export type StreamHead = {
  /** Its key in the database; assigned by the writer. */
  id: number;
  name: string;
  nameBytes: Buffer;
  /** -1 when it has no event; 2^63 (TOMBSTONE_REVISION) when it is tombstoned. */
  lastRevision: number;
  maxCount: number | undefined;
  maxAgeMs: number | undefined;
  /** 2^63 when it is softly deleted. */
  truncateBefore: number | undefined;
  /** The data of its last `$metadata` event, if that was decided while this head was in memory. */
  metadata?: Buffer;
  /** Whether its row in `streams` is written (or about to be, in a sealed group). */
  recorded: boolean;
  /** The last position decided for it: it must not be evicted before that is committed. */
  decidedAt: number;
};

export type EventType = { id: number; nameBytes: Buffer; recorded: boolean; decidedAt: number };

type Known = { decidedAt: number };

/** An LRU map that never evicts an entry whose last decision is not committed. */
const recentlyUsed = <V extends Known>(capacity: number) => {
  const entries = new Map<string, V>();
  return {
    get(key: string): V | undefined {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      if (entries.size > capacity / 2) {
        entries.delete(key);
        entries.set(key, value);
      }
      return value;
    },
    set: (key: string, value: V) => entries.set(key, value),
    clear: () => entries.clear(),
    forgetOldest(committed: number) {
      if (entries.size <= capacity) return;
      for (const [key, value] of entries) {
        if (entries.size <= capacity) return;
        if (value.decidedAt <= committed) entries.delete(key);
      }
    },
  };
};

type HeadRow = {
  n: number;
  id: string;
  max_count: string | null;
  max_age_ms: string | null;
  truncate_before: string | null;
  last_revision: string | null;
};

const numberOrNone = (text: string | null): number | undefined => (text === null ? undefined : Number(text));

/**
 * Stream heads and event types, loaded on first use and kept while they are in use. A name that the
 * database does not know gets the next id, and its row is written with the group in which it is first used.
 */
export const createHeads = (options: { pool: Pool; schema: string; capacity: number }) => {
  const { pool, schema } = options;
  const heads = recentlyUsed<StreamHead>(options.capacity);
  const types = recentlyUsed<EventType>(10_000);
  const loading = new Map<string, Promise<void>>();
  let nextStreamId = 1;
  let nextTypeId = 1;
  // Increased by `reset`, so that the result of a load that began earlier is discarded.
  let epoch = 0;
  let wanted: { names: Set<string>; done: Promise<void> } | undefined;

  const loadHeads = async (names: string[]): Promise<void> => {
    const began = epoch;
    const nameBytes = names.map((name) => Buffer.from(name, 'utf8'));
    // LIMIT keeps PostgreSQL from a hash join: planned while the table was new, it would read all of it each time
    // (16 % of an import's wall time at 40,000 streams).
    const { rows } = await pool.query<HeadRow>({
      name: 'heads',
      text: `SELECT w.n::int AS n, s.id, s.max_count, s.max_age_ms, s.truncate_before,
               (SELECT e.revision FROM ${schema}.events e WHERE e.stream_id = s.id ORDER BY e.revision DESC LIMIT 1) AS last_revision
             FROM unnest($1::bytea[]) WITH ORDINALITY w(name, n)
             CROSS JOIN LATERAL (SELECT * FROM ${schema}.streams t WHERE t.name = w.name LIMIT 1) s`,
      values: [byteaArray(nameBytes)],
    });
    if (began !== epoch) return;
    const found = new Map(rows.map((row) => [row.n - 1, row]));
    names.forEach((name, i) => {
      if (heads.get(name)) return;
      const row = found.get(i);
      heads.set(name, {
        id: row ? Number(row.id) : nextStreamId++,
        name,
        nameBytes: nameBytes[i]!,
        lastRevision: row?.last_revision ? Number(row.last_revision) : -1,
        maxCount: numberOrNone(row?.max_count ?? null),
        maxAgeMs: numberOrNone(row?.max_age_ms ?? null),
        truncateBefore: numberOrNone(row?.truncate_before ?? null),
        recorded: row !== undefined,
        decidedAt: 0,
      });
    });
  };

  const loadTypes = async (names: string[]): Promise<void> => {
    const began = epoch;
    const nameBytes = names.map((name) => Buffer.from(name, 'utf8'));
    const { rows } = await pool.query<{ n: number; id: number }>({
      name: 'types',
      text: `SELECT w.n::int AS n, t.id FROM unnest($1::bytea[]) WITH ORDINALITY w(name, n)
             JOIN ${schema}.event_types t ON t.name = w.name`,
      values: [byteaArray(nameBytes)],
    });
    if (began !== epoch) return;
    const found = new Map(rows.map((row) => [row.n - 1, row.id]));
    names.forEach((name, i) => {
      if (types.get(name)) return;
      const id = found.get(i);
      types.set(name, { id: id ?? nextTypeId++, nameBytes: nameBytes[i]!, recorded: id !== undefined, decidedAt: 0 });
    });
  };

  /** Loads these streams; all loads of one turn of the event loop share one query. */
  const load = (names: readonly string[]): Promise<void> => {
    const waitFor: Promise<void>[] = [];
    for (const name of names) {
      const already = loading.get(name);
      if (already) {
        waitFor.push(already);
        continue;
      }
      if (!wanted) {
        const batch = { names: new Set<string>(), done: Promise.resolve() };
        batch.done = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
          wanted = undefined;
          try {
            await loadHeads([...batch.names]);
          } finally {
            for (const each of batch.names) loading.delete(each);
          }
        });
        wanted = batch;
      }
      wanted.names.add(name);
      loading.set(name, wanted.done);
      waitFor.push(wanted.done);
    }
    return Promise.all(waitFor).then(() => {});
  };

  return {
    get: heads.get,
    load,
    type: types.get,
    loadTypes,
    /** Forgets everything; new ids continue from these. */
    reset(streamId: number, typeId: number) {
      epoch++;
      heads.clear();
      types.clear();
      nextStreamId = streamId;
      nextTypeId = typeId;
    },
    /** Bounds memory: the least recently used are evicted, and loaded again when needed. */
    forgetOldest(committed: number) {
      heads.forgetOldest(committed);
      types.forgetOldest(committed);
    },
  };
};

export type Heads = ReturnType<typeof createHeads>;
