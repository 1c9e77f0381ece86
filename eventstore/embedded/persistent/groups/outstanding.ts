import { type Consumer, release } from '../consumers/consumer.ts';
import type { Message } from '../message.ts';

/** The messages of a group that were sent and not answered, by the id that consumers answer with. */
export type Outstanding = {
  readonly size: number;
  has(id: string): boolean;
  get(id: string): Message | undefined;
  /** The message was sent: one of these consumers has it now. */
  add(message: Message, consumers: Iterable<Consumer>): void;
  /** Removes a message and frees its consumer's slot. */
  take(id: string): Message | undefined;
  /** Messages that timed out, oldest first; the caller must remove each. */
  expired(now: number): Message[];
};

/** @param timeoutMs how long consumers have to answer */
export const createOutstanding = (timeoutMs: number): Outstanding => {
  // In sending order, which is also the order of expiry.
  const sent = new Map<string, { message: Message; consumer: Consumer | undefined; expires: number }>();
  return {
    get size() {
      return sent.size;
    },
    has: (id) => sent.has(id),
    get: (id) => sent.get(id)?.message,
    add: (message, consumers) => {
      const { id } = message.event;
      const consumer = [...consumers].find((each) => each.inFlight.get(id) === message);
      sent.set(id, { message, consumer, expires: Date.now() + timeoutMs });
    },
    take: (id) => {
      const found = sent.get(id);
      if (!found) return undefined;
      sent.delete(id);
      if (found.consumer) release(found.consumer, id);
      return found.message;
    },
    expired: (now) => {
      const late: Message[] = [];
      for (const { message, expires } of sent.values()) {
        if (expires > now) break;
        late.push(message);
      }
      return late;
    },
  };
};
