import type {
  AllStreamResolvedEvent,
  AllStreamSubscription,
  ResolvedEvent,
  StreamSubscription,
} from '@eventstore/db-client';

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Fails with `what` when the promise has not settled after `ms`. */
export const within = async <T>(ms: number, what: string, promise: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** Asks again every 25 ms until `probe` gives something truthy; fails with `what` after `ms`. */
export const until = async <T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  ms = 15_000,
): Promise<T> => {
  const end = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(25);
  }
};

/** The error a promise rejects with; fails when it resolves. */
export const rejection = async (promise: Promise<unknown>): Promise<Error> => {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error(`expected a rejection, got ${JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v))}`);
};

/** Reads until the end, or until `limit` items. */
export const collect = async <T>(readable: AsyncIterable<T>, limit = Number.POSITIVE_INFINITY): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of readable) {
    all.push(item);
    if (all.length >= limit) break;
  }
  return all;
};

export type Heard = 'confirmation' | 'caughtUp' | AllStreamResolvedEvent | ResolvedEvent;

/**
 * Gathers what a subscription says, in order, until `enough`; then unsubscribes.
 * @throws the subscription's error, or after `ms` of waiting an error that tells what was heard
 */
export const listen = async (
  subscription: StreamSubscription | AllStreamSubscription,
  enough: (heard: Heard[]) => boolean,
  ms = 20_000,
): Promise<Heard[]> => {
  const heard: Heard[] = [];
  const done = new Promise<Heard[]>((resolve, reject) => {
    const hear = (what: Heard) => {
      heard.push(what);
      if (enough(heard)) resolve(heard);
    };
    subscription.on('confirmation', () => hear('confirmation'));
    subscription.on('caughtUp', () => hear('caughtUp'));
    subscription.on('data', (resolved: Heard) => hear(resolved));
    subscription.on('error', reject);
  });
  try {
    return await within(ms, 'enough from a subscription', done);
  } catch (error) {
    const said = heard.map((each) => (typeof each === 'string' ? each : each.event?.type)).slice(-20);
    throw new Error(`${(error as Error).message}; heard ${heard.length}, last: ${said.join(', ')}`, { cause: error });
  } finally {
    await subscription.unsubscribe().catch(() => {});
  }
};

/** Only the events of what was heard. */
export const eventsOf = (heard: Heard[]): (AllStreamResolvedEvent | ResolvedEvent)[] =>
  heard.filter((each) => typeof each !== 'string');

/** `streamId` and revision of each event, as `name@revision`. */
export const revisionsOf = (resolved: { event?: { revision: bigint } }[]): number[] =>
  resolved.map((each) => Number(each.event?.revision));
