import type { Message } from '../message.ts';
import type { Consumer } from './consumer.ts';

/** `skipped`: whoever must have this message has no slot, but another message may go. `full`: nobody has a slot. */
export type Delivery = 'sent' | 'skipped' | 'full';

/** Decides which consumer gets a message. One instance per group. */
export type ConsumerStrategy = {
  add(consumer: Consumer): void;
  remove(consumer: Consumer): void;
  deliver(message: Message): Delivery;
};
