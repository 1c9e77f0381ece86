/**
 * Runs `work` on each item in order, at most `limit` at a time. After the first failure it takes no further items,
 * waits for those in flight, and rethrows.
 */
export const inFlight = async <Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const failures: unknown[] = [];
  let running = 0;
  // One is enough: `Promise.race` would add a reaction to every running item for each new one.
  let wake = () => {};
  const ended = () => {
    running--;
    wake();
  };
  const oneEnds = () => new Promise<void>((resolve) => (wake = resolve));
  try {
    for await (const item of items) {
      running++;
      work(item)
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(ended);
      if (running >= limit) await oneEnds();
      if (failures.length > 0) break;
    }
  } finally {
    while (running > 0) await oneEnds();
  }
  if (failures.length > 0) throw failures[0];
};

/**
 * Collects the items that arrive while `work` is busy, and passes them to it together afterwards. Each caller waits until its item is
 * done, and gets the error if the batch with its item fails.
 */
export const together = <Item>(work: (items: readonly Item[]) => Promise<void>): ((item: Item) => Promise<void>) => {
  let busy: Promise<void> = Promise.resolve();
  let waiting: { readonly items: Item[]; readonly done: Promise<void> } | undefined;
  return async (item) => {
    if (waiting === undefined) {
      const items: Item[] = [];
      const before = busy;
      const start = async () => {
        waiting = undefined;
        await work(items);
      };
      const done = before.then(start, start);
      waiting = { items, done };
      busy = done;
    }
    waiting.items.push(item);
    await waiting.done;
  };
};
