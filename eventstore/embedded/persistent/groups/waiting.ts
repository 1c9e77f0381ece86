import type { Delivery } from '../consumers/consumer-strategy.ts';
import type { Message } from '../message.ts';

/** The messages of a group that wait to be sent. */
export type Waiting = {
  /** How many were read ahead, and how many are retries or replays. */
  counts(): { buffered: number; retries: number };
  /** The next event of the source. */
  add(message: Message): void;
  /** A retry, which goes before everything that follows it in the source. */
  addRetry(message: Message): void;
  /** A replayed parked message, which goes after all retries. */
  addReplayed(message: Message): void;
  /** Offers all in turn, retries first, until no consumer can take more. */
  deliver(offer: (message: Message) => Delivery): void;
};

/** Removes sent messages from the list. Returns whether any consumer may still have a free slot. */
const deliverFrom = (list: Message[], offer: (message: Message) => Delivery): boolean => {
  let kept = 0;
  let at = 0;
  let full = false;
  for (; at < list.length; at++) {
    const message = list[at]!;
    const delivery = offer(message);
    if (delivery === 'skipped') list[kept++] = message;
    full = delivery === 'full';
    if (full) break;
  }
  list.splice(kept, at - kept);
  return !full;
};

export const createWaiting = (): Waiting => {
  const buffer: Message[] = [];
  const retries: Message[] = [];
  return {
    counts: () => ({ buffered: buffer.length, retries: retries.length }),
    add: (message) => void buffer.push(message),
    addRetry: (message) => {
      const before = retries.findIndex(
        (other) => message.sequence !== undefined && other.sequence !== undefined && message.place < other.place,
      );
      retries.splice(before < 0 ? retries.length : before, 0, message);
    },
    addReplayed: (message) => void retries.push(message),
    deliver: (offer) => {
      if (deliverFrom(retries, offer)) deliverFrom(buffer, offer);
    },
  };
};
