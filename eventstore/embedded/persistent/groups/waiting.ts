import type { Delivery } from '../consumers/consumer-strategy.ts';
import type { Message } from '../message.ts';

/** The messages of a group that wait to be sent. */
export type Waiting = {
  /** How many were read ahead, and how many are to be sent again or replayed. */
  counts(): { buffered: number; retries: number };
  /** The next event of the source. */
  add(message: Message): void;
  /** Was sent before, and comes again before everything that follows it in the source. */
  addRetry(message: Message): void;
  /** A parked message, to be sent again after all others that are. */
  addReplayed(message: Message): void;
  /** Offers all in turn, those to be sent again first, until there is nobody to take more. */
  deliver(offer: (message: Message) => Delivery): void;
};

/** Takes out of the list what is sent. Says whether anybody may still have a slot. */
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
