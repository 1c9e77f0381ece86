import type { Message } from '../message.ts';
import type { Consumer } from './consumer.ts';

/** `skipped`: the consumer for this message has no free slot, but another message may go. `full`: no consumer has one. */
export type Delivery = 'sent' | 'skipped' | 'full';

/** Decides which consumer gets a message. One instance per group. */
export type ConsumerStrategy = {
  add(consumer: Consumer): void;
  remove(consumer: Consumer): void;
  deliver(message: Message): Delivery;
};
