/** Where an event with a given id was written. */
export type Written = { streamId: number; revision: number; position: number };

/**
 * The ids of the most recent events, by which the retry of an append without an exact revision is recognised.
 * As on a real node this reaches back only so far (there 16 MB, here `capacity` events, 75 bytes each); with an
 * exact expected revision, a retry is recognised at any distance.
 */
export const createRecentIds = (capacity: number) => {
  const slots = new Map<string, number>();
  const keys: string[] = new Array(capacity).fill('');
  const streamIds = new Float64Array(capacity);
  const revisions = new Float64Array(capacity);
  const positions = new Float64Array(capacity);
  let next = 0;

  const keyOf = (id: Buffer) => id.toString('latin1', 0, 16);

  return {
    add(id: Buffer, streamId: number, revision: number, position: number) {
      const key = keyOf(id);
      const old = keys[next]!;
      if (old !== '' && slots.get(old) === next) slots.delete(old);
      keys[next] = key;
      slots.set(key, next);
      streamIds[next] = streamId;
      revisions[next] = revision;
      positions[next] = position;
      next = (next + 1) % capacity;
    },
    get(id: Buffer): Written | undefined {
      const slot = slots.get(keyOf(id));
      if (slot === undefined) return undefined;
      return { streamId: streamIds[slot]!, revision: revisions[slot]!, position: positions[slot]! };
    },
    clear() {
      slots.clear();
      keys.fill('');
      next = 0;
    },
  };
};

export type RecentIds = ReturnType<typeof createRecentIds>;
