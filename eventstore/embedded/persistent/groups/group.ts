import type { StoredEvent } from '../../storage/types.ts';
import { type Connection, type Consumer, createConsumer } from '../consumers/consumer.ts';
import type { ConsumerStrategy } from '../consumers/consumer-strategy.ts';
import { dropped } from '../errors.ts';
import type { CheckpointStore } from '../kept/checkpoint.ts';
import type { ParkedMessages } from '../kept/parked-messages.ts';
import { type Message, messageSize } from '../message.ts';
import type { GroupSettings } from '../settings.ts';
import type { Source, SourcePage } from '../source/source.ts';
import { createSourceReader, type SourceReader } from '../source/source-reader.ts';
import { createOutstanding, type Outstanding } from './outstanding.ts';
import { Parking } from './parking.ts';
import { Progress } from './progress.ts';
import { createWaiting } from './waiting.ts';

export type NackAction = 'unknown' | 'park' | 'retry' | 'skip' | 'stop';

export type GroupParts = {
  name: string;
  settings: GroupSettings;
  source: Source;
  strategy: ConsumerStrategy;
  checkpoints: CheckpointStore;
  parked: ParkedMessages;
  /** Where to start without a checkpoint when the settings say END: the source's end at the time they were made. */
  liveFrom: number;
  log(message: string, details: Record<string, unknown>): void;
};

/** The most bytes a group holds: messages read ahead, waiting for a retry, or sent and not answered. */
const maxHeldBytes = 64 * 1024 * 1024;
/** The most events one read asks for, whatever the settings say. */
const maxReadBatch = 500;

const batchOf = (settings: GroupSettings): number => Math.min(Math.max(settings.readBatchSize, 1), maxReadBatch);

/**
 * A subscription group: reads ahead from its source, gives each message to one consumer, and retries it if that one fails.
 *
 * Everything runs on one event loop, so state changes need no locks; code that awaits storage (reading, parking,
 * checkpoints) re-checks the state afterwards.
 */
export class Group {
  readonly #parts: GroupParts;
  readonly #stopping = new AbortController();
  readonly #consumers = new Set<Consumer>();
  readonly #progress: Progress;
  readonly #waiting = createWaiting();
  readonly #outstanding: Outstanding;
  readonly #reader: SourceReader;
  readonly #parking: Parking;
  #heldBytes = 0;
  #live = false;
  #ready = false;
  #faulted = false;
  #lastKnown: number | undefined;
  #totalItems = 0;
  /** Milliseconds since the epoch. */
  readonly startedAt = Date.now();

  constructor(parts: GroupParts) {
    this.#parts = parts;
    this.#progress = new Progress(parts.settings);
    this.#outstanding = createOutstanding(parts.settings.messageTimeout);
    this.#reader = createSourceReader({
      source: parts.source,
      batch: batchOf(parts.settings),
      stopped: this.#stopping.signal,
      begin: () => this.#begin(),
      hasRoom: (count) => this.#hasRoom(count),
      onPage: (page) => this.#takeIn(page),
      onTombstone: () => this.#fault(`stream ${parts.source.name} is deleted`),
      log: (what, reason) => this.#log(what, reason),
    });
    this.#parking = new Parking({
      parked: parts.parked,
      batch: batchOf(parts.settings),
      stopped: this.#stopping.signal,
      hasRoom: (count) => this.#hasRoom(count),
      onParked: (message) => {
        this.#complete(message);
        this.#afterAnswers();
      },
      onReplayed: (message) => {
        this.#heldBytes += messageSize(message);
        this.#waiting.addReplayed(message);
        this.#deliver();
      },
      log: (what, reason) => this.#log(what, reason),
    });
  }

  get name(): string {
    return this.#parts.name;
  }

  get settings(): GroupSettings {
    return this.#parts.settings;
  }

  get source(): Source {
    return this.#parts.source;
  }

  get id(): string {
    return `${this.#parts.source.name}::${this.#parts.name}`;
  }

  get isFull(): boolean {
    const { maxSubscriberCount } = this.#parts.settings;
    return maxSubscriberCount > 0 && this.#consumers.size >= maxSubscriberCount;
  }

  /** Starts reading once the position to resume from is known, which is retried until storage answers. */
  start(): void {
    this.#reader.start();
  }

  /** Ends the group and its consumers' calls. Unanswered messages will be sent again by its successor. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#reader.wake();
    this.#dropConsumers();
    await Promise.allSettled([this.#reader.ended(), this.#parking.settled()]);
    await this.#parts.checkpoints.settled();
  }

  /** Removes the checkpoint and the parked messages of a stopped group. */
  async forget(): Promise<void> {
    await this.#parts.checkpoints.remove();
    await this.#parts.parked.remove();
  }

  connect(connection: Connection): Consumer {
    const consumer = createConsumer(connection, this.#parts.settings.extraStatistics);
    this.#consumers.add(consumer);
    this.#parts.strategy.add(consumer);
    if (this.#faulted) this.#dropConsumers();
    this.#deliver();
    return consumer;
  }

  /** The consumer has disconnected: its unanswered messages go to the others at once, counted as a retry. */
  disconnect(consumer: Consumer): void {
    if (!this.#consumers.delete(consumer)) return;
    this.#parts.strategy.remove(consumer);
    const left = [...consumer.inFlight.values()].sort((a, b) => a.event.revision - b.event.revision);
    for (const message of left) this.#retry(message);
    this.#deliver();
  }

  acknowledge(ids: readonly string[]): void {
    for (const id of ids) {
      const message = this.#outstanding.take(id);
      if (message) this.#complete(message);
    }
    this.#afterAnswers();
  }

  /** `stop` only removes the message, as on EventStoreDB; the group continues. */
  notAcknowledge(ids: readonly string[], action: NackAction, reason: string): void {
    for (const id of ids) {
      const message = this.#outstanding.get(id);
      if (!message) continue;
      if (action === 'retry' || action === 'unknown') this.#retryOrPark(message);
      else if (action === 'park') this.#park(message, `Client explicitly NAK'ed message.\n${reason}`);
      else {
        this.#outstanding.take(id);
        this.#complete(message);
      }
    }
    this.#afterAnswers();
  }

  /** Sends the parked messages again: all, or those before revision `stopAt` of the parked stream. */
  replayParked(stopAt?: number): void {
    this.#parking.replay(stopAt);
    if (this.#ready) this.#parking.tick();
  }

  /** Once a second: handles timed-out messages, due checkpoints, and failed storage operations. */
  tick(now = Date.now()): void {
    for (const message of this.#outstanding.expired(now)) this.#retryOrPark(message);
    this.#parts.checkpoints.retry();
    this.#checkpoint(true);
    this.#deliver();
    if (this.#ready) this.#parking.tick();
  }

  /** Statistics for `GetInfo`. */
  statistics() {
    const { buffered, retries } = this.#waiting.counts();
    return {
      status: this.#status(),
      consumers: [...this.#consumers],
      totalItems: this.#totalItems,
      lastKnown: this.#lastKnown,
      lastCheckpoint: this.#progress.lastCheckpoint,
      readBufferCount: buffered,
      retryBufferCount: retries,
      outstandingCount: this.#outstanding.size,
      parkedCount: this.#parking.count,
    };
  }

  /** Where to resume, once the checkpoint and the parked messages are loaded. */
  async #begin(): Promise<number> {
    const from = await this.#whereToGoOn();
    this.#ready = true;
    this.#parking.tick();
    return from;
  }

  async #whereToGoOn(): Promise<number> {
    const { checkpoints, parked, source, settings, liveFrom } = this.#parts;
    const checkpoint = await checkpoints.load();
    await parked.load();
    if (checkpoint !== undefined) {
      const done = source.parse(checkpoint);
      this.#progress.resume(done);
      return done + 1;
    }
    const startFrom = source.parse(settings.startPosition);
    return startFrom < 0 ? liveFrom : startFrom;
  }

  #log(what: string, reason: unknown): void {
    this.#parts.log(what, { group: this.id, reason: reason instanceof Error ? reason.message : String(reason) });
  }

  #takeIn(page: Extract<SourcePage, { found: 'yes' }>): void {
    for (const { event, place } of page.events) this.#enqueue(event, place);
    this.#progress.skip(page.considered - page.events.length, page.last);
    this.#live = page.end;
    this.#deliver();
    if (page.considered > page.events.length) this.#checkpoint(false);
  }

  /** Without consumers one batch is enough: a store may have many groups without any. */
  #hasRoom(limit: number): boolean {
    const size = this.#consumers.size > 0 ? this.#parts.settings.historyBufferSize : 2 * limit;
    const { buffered, retries } = this.#waiting.counts();
    const waiting = buffered + retries;
    return this.#heldBytes < maxHeldBytes && (waiting === 0 || waiting + limit < size);
  }

  #enqueue(event: StoredEvent, place: number): void {
    // A copy, so that one waiting event does not keep its whole page in memory.
    const own = { ...event, readEvent: Buffer.from(event.readEvent) };
    const message: Message = { event: own, place, retryCount: 0, sequence: this.#progress.begin(place) };
    this.#heldBytes += messageSize(message);
    this.#lastKnown = Math.max(this.#lastKnown ?? 0, place);
    this.#waiting.add(message);
  }

  #deliver(): void {
    if (!this.#ready || this.#consumers.size === 0) return;
    this.#waiting.deliver((message) => {
      // Two streams may hold events with the same id; an answer must identify one message, so the second waits for the first.
      if (this.#outstanding.has(message.event.id)) return 'skipped';
      const delivery = this.#parts.strategy.deliver(message);
      if (delivery === 'sent') {
        this.#totalItems++;
        this.#outstanding.add(message, this.#consumers);
      }
      return delivery;
    });
    this.#reader.wake();
  }

  /** The message needs no more processing. */
  #complete(message: Message): void {
    this.#heldBytes -= messageSize(message);
    if (message.sequence === undefined) this.#parts.parked.settle(message.event.revision);
    else this.#progress.complete(message.sequence);
  }

  #afterAnswers(): void {
    if (this.#stopping.signal.aborted) return;
    this.#checkpoint(false);
    this.#deliver();
    this.#reader.wake();
  }

  #retryOrPark(message: Message): void {
    const { maxRetryCount } = this.#parts.settings;
    if (message.retryCount < maxRetryCount) this.#retry(message);
    else this.#park(message, `Reached retry count of ${maxRetryCount}`);
  }

  #retry(message: Message): void {
    this.#outstanding.take(message.event.id);
    this.#waiting.addRetry({ ...message, retryCount: message.retryCount + 1 });
  }

  #park(message: Message, reason: string): void {
    this.#outstanding.take(message.event.id);
    this.#parking.park(message, reason);
  }

  #checkpoint(byTime: boolean): void {
    const place = this.#progress.due(byTime, Date.now());
    if (place !== undefined) this.#parts.checkpoints.save(this.#parts.source.format(place));
  }

  #fault(reason: string): void {
    this.#faulted = true;
    this.#log('a persistent subscription has failed', reason);
    this.#dropConsumers();
  }

  #dropConsumers(): void {
    const error = dropped({ stream: this.#parts.source.name, group: this.#parts.name });
    for (const consumer of [...this.#consumers]) {
      this.disconnect(consumer);
      consumer.connection.end(error);
    }
  }

  #status(): string {
    if (!this.#ready) return 'NotReady';
    return [this.#parking.isReplaying ? 'ReplayingParkedMessages' : '', this.#live ? 'Live' : 'Behind']
      .filter(Boolean)
      .join(', ');
  }
}
