import {
  type EventStoreDBClient,
  type PersistentSubscriptionToAll,
  type PersistentSubscriptionToAllResolvedEvent,
  type PersistentSubscriptionToAllSettings,
  type PersistentSubscriptionToStream,
  type PersistentSubscriptionToStreamResolvedEvent,
  type PersistentSubscriptionToStreamSettings,
  persistentSubscriptionToAllSettingsFromDefaults,
  persistentSubscriptionToStreamSettingsFromDefaults,
  START,
} from '@eventstore/db-client';
import { within } from './wait.ts';

export type PersistentEvent = PersistentSubscriptionToStreamResolvedEvent | PersistentSubscriptionToAllResolvedEvent;
export type PersistentSubscription = PersistentSubscriptionToStream | PersistentSubscriptionToAll;

/** Settings of a group on a stream; starts at the beginning by default. */
export const streamSettings = (
  changes: Partial<PersistentSubscriptionToStreamSettings> = {},
): PersistentSubscriptionToStreamSettings =>
  persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START, ...changes });

/** Settings of a group on `$all`; starts at the beginning by default. */
export const allSettings = (
  changes: Partial<PersistentSubscriptionToAllSettings> = {},
): PersistentSubscriptionToAllSettings =>
  persistentSubscriptionToAllSettingsFromDefaults({ startFrom: START, ...changes });

/** Resolves when the server has confirmed the subscription; rejects when it refuses. */
export const confirmed = (subscription: PersistentSubscription): Promise<void> =>
  within(
    60_000,
    'a confirmation',
    new Promise((resolve, reject) => {
      subscription.on('confirmation', resolve);
      subscription.on('error', reject);
    }),
  );

/** The error that ends a persistent subscription. */
export const endedBy = (subscription: PersistentSubscription): Promise<Error> =>
  within(60_000, 'an error', new Promise((resolve) => subscription.on('error', resolve)));

/**
 * Processes a subscription of this client: calls `answer` with every event, which acks or nacks it; ends when `enough` returns true.
 * @throws the subscription's error, or a timeout after `ms`
 */
export const work = async (
  client: EventStoreDBClient,
  subscription: PersistentSubscription,
  answer: (event: PersistentEvent, seen: PersistentEvent[]) => Promise<void> | void,
  enough: (seen: PersistentEvent[]) => boolean,
  ms = 60_000,
): Promise<PersistentEvent[]> => {
  const seen: PersistentEvent[] = [];
  const done = new Promise<PersistentEvent[]>((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('data', async (event: PersistentEvent) => {
      try {
        seen.push(event);
        await answer(event, seen);
        if (enough(seen)) resolve(seen);
      } catch (error) {
        reject(error);
      }
    });
  });
  try {
    return await within(ms, 'enough from a persistent subscription', done);
  } finally {
    // Cancelling a call drops acks that are still on their way. What is answered on the same connection arrived after them.
    await client.getStreamMetadata('any').catch(() => {});
    await subscription.unsubscribe().catch(() => {});
  }
};

/** Acks everything until `count` events were received. */
export const ackAll = (
  client: EventStoreDBClient,
  subscription: PersistentSubscription,
  count: number,
): Promise<PersistentEvent[]> =>
  work(
    client,
    subscription,
    (event) => subscription.ack(event),
    (seen) => seen.length >= count,
  );

/** How many messages of a group on a stream are parked. */
export const parkedCount = async (client: EventStoreDBClient, stream: string, group: string): Promise<number> =>
  Number((await client.getPersistentSubscriptionToStreamInfo(stream, group)).stats.parkedMessageCount);

/** `revision:retryCount` of each received event. */
export const seenAs = (seen: PersistentEvent[]): string[] =>
  seen.map((each) => `${each.event?.revision}:${each.retryCount}`);

/** The revisions of the events received. */
export const revisions = (seen: PersistentEvent[]): number[] => seen.map((each) => Number(each.event?.revision));

/** The same, sorted: messages that are sent again come in any order. */
export const sortedRevisions = (seen: PersistentEvent[]): number[] => revisions(seen).sort((a, b) => a - b);

/** 0, 1, … before `count`. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
