import type { ServiceError } from '@grpc/grpc-js';
import { encodeMessage, type Message } from '../message.ts';
import { createTimings, type Timings } from './timings.ts';

/** A connected client. */
export type Connection = {
  /** Name and user as the client sent them. */
  connectionName: string;
  username: string;
  /** The most unanswered messages the client wants at a time. */
  bufferSize: number;
  /** Sends an encoded `ReadResp`. */
  send(response: Buffer): void;
  /** Ends the call with an error. */
  end(error: ServiceError): void;
};

/** A client of a group, and the messages it has not answered yet. */
export type Consumer = {
  connection: Connection;
  /** By the id that the client will answer with. */
  inFlight: Map<string, Message>;
  totalItems: number;
  /** `totalItems` at the last request for statistics. */
  lastTotalItems: number;
  timings: Timings | undefined;
};

export const createConsumer = (connection: Connection, extraStatistics: boolean): Consumer => ({
  connection,
  inFlight: new Map(),
  totalItems: 0,
  lastTotalItems: 0,
  timings: extraStatistics ? createTimings() : undefined,
});

export const freeSlots = (consumer: Consumer): number => consumer.connection.bufferSize - consumer.inFlight.size;

/** Sends the message if the consumer has a free slot; returns whether it did. */
export const sendTo = (consumer: Consumer, message: Message): boolean => {
  if (freeSlots(consumer) <= 0) return false;
  consumer.inFlight.set(message.event.id, message);
  consumer.totalItems++;
  consumer.timings?.begin(message.event.id);
  consumer.connection.send(encodeMessage(message));
  return true;
};

/** Frees the slot of a message that was answered, timed out, or is given to another consumer. */
export const release = (consumer: Consumer, id: string): void => {
  consumer.timings?.end(id);
  consumer.inFlight.delete(id);
};
