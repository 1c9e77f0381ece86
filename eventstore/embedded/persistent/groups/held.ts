import { type Message, messageSize } from '../message.ts';

/** The most bytes a group holds: messages read ahead, waiting for a retry, or sent and not answered. */
const maxHeldBytes = 64 * 1024 * 1024;
/** How much a group holds in memory, which limits what it reads ahead. */
export type Held = {
  add(message: Message): void;
  remove(message: Message): void;
  /**
   * Whether `count` more messages fit. Without consumers one batch is enough: a store may have many groups without any.
   */
  hasRoom(count: number, hasConsumers: boolean, waiting: { buffered: number; retries: number }): boolean;
};

/** @param historyBufferSize how many messages may wait (from the group's settings) */
export const createHeld = (historyBufferSize: number): Held => {
  let bytes = 0;
  return {
    add: (message) => {
      bytes += messageSize(message);
    },
    remove: (message) => {
      bytes -= messageSize(message);
    },
    hasRoom: (count, hasConsumers, { buffered, retries }) => {
      const size = hasConsumers ? historyBufferSize : 2 * count;
      const waiting = buffered + retries;
      return bytes < maxHeldBytes && (waiting === 0 || waiting + count < size);
    },
  };
};
