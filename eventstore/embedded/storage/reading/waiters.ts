import type { Group } from '../writing/group.ts';

type Waiter = () => void;

/** Wakes readers that wait for new events, of `$all` or of one stream (a commit wakes only those it concerns). */
export const createWaiters = () => {
  let all = new Set<Waiter>();
  const byStream = new Map<string, Set<Waiter>>();

  const wakeStream = (stream: string) => {
    const waiters = byStream.get(stream);
    if (!waiters) return;
    byStream.delete(stream);
    for (const wake of waiters) wake();
  };

  const wait = (waiters: Set<Waiter>, signal: AbortSignal, forget: () => void): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        waiters.delete(wake);
        forget();
        resolve();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      waiters.add(wake);
    });

  return {
    wakeFor(group: Pick<Group, 'streams'>) {
      const woken = all;
      all = new Set();
      for (const wake of woken) wake();
      if (byStream.size === 0) return;
      for (const stream of group.streams) wakeStream(stream);
    },
    wakeEverybody() {
      const woken = all;
      all = new Set();
      for (const wake of woken) wake();
      for (const stream of [...byStream.keys()]) wakeStream(stream);
    },
    forAll: (signal: AbortSignal) => wait(all, signal, () => {}),
    forStream(stream: string, signal: AbortSignal) {
      const mine = byStream.get(stream) ?? new Set<Waiter>();
      byStream.set(stream, mine);
      return wait(mine, signal, () => {
        if (mine.size === 0 && byStream.get(stream) === mine) byStream.delete(stream);
      });
    },
  };
};
