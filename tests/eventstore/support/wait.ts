import type {
  AllStreamResolvedEvent,
  AllStreamSubscription,
  ResolvedEvent,
  StreamSubscription,
} from '@eventstore/db-client';

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Fails with `what` if the promise has not settled after `ms`. */
export const within = async <T>(ms: number, what: string, promise: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out after ${ms} ms waiting for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** The error that a promise rejects with; fails if it resolves. */
export const rejection = async (promise: Promise<unknown>): Promise<Error> => {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error(`expected a rejection, got ${JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v))}`);
};

/** Reads to the end, or up to `limit` items. */
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
 * Collects what a subscription emits, in order, until `enough`; then unsubscribes.
 * @throws the subscription's error, or a timeout after `ms` that lists what was received
 */
export const listen = async (
  subscription: StreamSubscription | AllStreamSubscription,
  enough: (heard: Heard[]) => boolean,
  ms = 60_000,
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
    throw new Error(`${(error as Error).message}; received ${heard.length}, last: ${said.join(', ')}`, {
      cause: error,
    });
  } finally {
    await subscription.unsubscribe().catch(() => {});
  }
};

/** Only the events of what was received. */
export const eventsOf = (heard: Heard[]): (AllStreamResolvedEvent | ResolvedEvent)[] =>
  heard.filter((each) => typeof each !== 'string');

/** The revision of each event. */
export const revisionsOf = (resolved: { event?: { revision: bigint } }[]): number[] =>
  resolved.map((each) => Number(each.event?.revision));
