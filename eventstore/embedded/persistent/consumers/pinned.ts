import type { Message } from '../message.ts';
import { type Consumer, freeSlots, sendTo } from './consumer.ts';
import type { ConsumerStrategy } from './consumer-strategy.ts';

const bucketCount = 1024;

/** FNV-1a. Any hash that spreads names evenly would do; clients never see it. */
const bucketOf = (key: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % bucketCount;
};

/**
 * Messages with the same key go to the same consumer while it stays connected, so that one stream (or correlation id)
 * is processed by one client at a time. Keys are hashed into buckets; a bucket is assigned on first use, to the consumer
 * with the fewest, and a new consumer takes over its share of the buckets, idle ones first.
 */
export const pinned = (keyOf: (message: Message) => string): ConsumerStrategy => {
  const owners: (Consumer | undefined)[] = new Array(bucketCount).fill(undefined);
  const owned = new Map<Consumer, Set<number>>();

  const assign = (bucket: number, consumer: Consumer): void => {
    const former = owners[bucket];
    if (former) owned.get(former)?.delete(bucket);
    owners[bucket] = consumer;
    owned.get(consumer)!.add(bucket);
  };
  const leastLoaded = (): Consumer => {
    let best: [Consumer, Set<number>] | undefined;
    for (const entry of owned) if (!best || entry[1].size < best[1].size) best = entry;
    return best![0];
  };

  return {
    add: (consumer) => {
      owned.set(consumer, new Set());
      const assigned = owners.filter((owner) => owner !== undefined).length;
      const share = Math.ceil(assigned / owned.size);
      for (const [other, buckets] of owned) {
        const surplus = buckets.size - share;
        if (other === consumer || surplus <= 0) continue;
        const busy = new Set([...other.inFlight.values()].map((message) => bucketOf(keyOf(message))));
        const idleFirst = [...buckets].sort((a, b) => Number(busy.has(a)) - Number(busy.has(b)));
        for (const bucket of idleFirst.slice(0, surplus)) assign(bucket, consumer);
      }
    },
    remove: (consumer) => {
      for (const bucket of owned.get(consumer) ?? []) owners[bucket] = undefined;
      owned.delete(consumer);
    },
    deliver: (message) => {
      if (![...owned.keys()].some((consumer) => freeSlots(consumer) > 0)) return 'full';
      const bucket = bucketOf(keyOf(message));
      if (!owners[bucket]) assign(bucket, leastLoaded());
      return sendTo(owners[bucket]!, message) ? 'sent' : 'skipped';
    },
  };
};
