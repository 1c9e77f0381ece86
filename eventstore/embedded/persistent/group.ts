import { setTimeout as delay } from 'node:timers/promises';
import type { StoredEvent } from '../storage/types.ts';
import type { CheckpointStore } from './checkpoint.ts';
import { type Connection, type Consumer, createConsumer, release } from './consumer.ts';
import type { ConsumerStrategy } from './consumer-strategy.ts';
import { dropped } from './errors.ts';
import { type Message, messageSize } from './message.ts';
import type { ParkedMessages } from './parked.ts';
import { Parking } from './parking.ts';
import { Progress } from './progress.ts';
import type { GroupSettings } from './settings.ts';
import type { Source } from './source.ts';

export type NackAction = 'unknown' | 'park' | 'retry' | 'skip' | 'stop';

export type GroupParts = {
  name: string;
  settings: GroupSettings;
  source: Source;
  strategy: ConsumerStrategy;
  checkpoints: CheckpointStore;
  parked: ParkedMessages;
  /** Where to begin when there is no checkpoint and the settings say END: the source's end when they were made. */
  liveFrom: number;
  log(message: string, details: Record<string, unknown>): void;
};

/** Most bytes a group holds: of messages read ahead, waiting to be sent again, or sent and not answered. */
const maxHeldBytes = 64 * 1024 * 1024;
/** The most one read asks for, whatever the settings say. */
const maxReadBatch = 500;

const batchOf = (settings: GroupSettings): number => Math.min(Math.max(settings.readBatchSize, 1), maxReadBatch);

type Outstanding = { message: Message; consumer: Consumer | undefined; expires: number };

/**
 * A subscription group: reads its source ahead, gives each message to one consumer, and again if that one fails.
 *
 * Everything runs on the one event loop, so state changes need no locks; what waits for storage (`#read`, parking,
 * checkpoints) looks at the state anew afterwards.
 */
export class Group {
  readonly #parts: GroupParts;
  readonly #stopping = new AbortController();
  readonly #consumers = new Set<Consumer>();
  readonly #progress: Progress;
  /** Read, not yet sent, in the source's order. */
  readonly #buffer: Message[] = [];
  /** To be sent again, or replayed; before everything in the buffer. */
  readonly #retries: Message[] = [];
  /** Sent and not answered, by the id consumers answer with; in the order in which they expire. */
  readonly #outstanding = new Map<string, Outstanding>();
  readonly #parking: Parking;
  #running: Promise<void> | undefined;
  #heldBytes = 0;
  #live = false;
  #ready = false;
  #faulted = false;
  #wake: () => void = () => {};
  #lastKnown: number | undefined;
  #totalItems = 0;
  /** Milliseconds since the epoch. */
  readonly startedAt = Date.now();

  constructor(parts: GroupParts) {
    this.#parts = parts;
    this.#progress = new Progress(parts.settings);
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
        this.#retries.push(message);
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

  /** Begins to read as soon as it is known where to go on, which is tried until storage answers. */
  start(): void {
    this.#running = this.#run();
  }

  /** Ends the group and its consumers' calls. What they had not answered will be sent again by whoever follows. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    this.#dropConsumers();
    await Promise.allSettled([this.#running, this.#parking.settled()]);
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

  /** The consumer is gone: what it had not answered goes to the others at once, counted as a retry. */
  disconnect(consumer: Consumer): void {
    if (!this.#consumers.delete(consumer)) return;
    this.#parts.strategy.remove(consumer);
    const left = [...consumer.inFlight.values()].sort((a, b) => a.event.revision - b.event.revision);
    for (const message of left) this.#retry(message);
    this.#deliver();
  }

  acknowledge(ids: readonly string[]): void {
    for (const id of ids) {
      const outstanding = this.#takeOutstanding(id);
      if (outstanding) this.#complete(outstanding.message);
    }
    this.#afterAnswers();
  }

  /** `stop` only takes the message out, as on EventStoreDB; the group goes on. */
  notAcknowledge(ids: readonly string[], action: NackAction, reason: string): void {
    for (const id of ids) {
      const message = this.#outstanding.get(id)?.message;
      if (!message) continue;
      if (action === 'retry' || action === 'unknown') this.#retryOrPark(message);
      else if (action === 'park') this.#park(message, `Client explicitly NAK'ed message.\n${reason}`);
      else {
        this.#takeOutstanding(id);
        this.#complete(message);
      }
    }
    this.#afterAnswers();
  }

  /** Sends the parked messages again, those before revision `stopAt` of the parked stream if given. */
  replayParked(stopAt?: number): void {
    this.#parking.replay(stopAt);
    if (this.#ready) this.#parking.tick();
  }

  /** Once a second: messages that took too long, checkpoints that are due, and what storage could not do before. */
  tick(now = Date.now()): void {
    for (const [, outstanding] of this.#outstanding) {
      if (outstanding.expires > now) break;
      this.#retryOrPark(outstanding.message);
    }
    this.#parts.checkpoints.retry();
    this.#checkpoint(true);
    this.#deliver();
    if (this.#ready) this.#parking.tick();
  }

  /** Numbers for `GetInfo`. */
  statistics() {
    const checkpoint = this.#progress.lastCheckpoint;
    return {
      status: this.#status(),
      consumers: [...this.#consumers],
      totalItems: this.#totalItems,
      lastKnown: this.#lastKnown,
      lastCheckpoint: checkpoint,
      readBufferCount: this.#buffer.length,
      retryBufferCount: this.#retries.length,
      outstandingCount: this.#outstanding.size,
      parkedCount: this.#parking.count,
    };
  }

  async #run(): Promise<void> {
    const signal = this.#stopping.signal;
    while (!signal.aborted && !this.#ready) {
      try {
        const from = await this.#whereToGoOn();
        this.#ready = true;
        this.#parking.tick();
        await this.#read(from, signal);
      } catch (error) {
        await this.#pauseAfter('a persistent subscription could not begin, and tries again', error);
      }
    }
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

  async #pauseAfter(what: string, error: unknown): Promise<void> {
    const signal = this.#stopping.signal;
    if (signal.aborted) return;
    this.#log(what, error);
    await delay(500, undefined, { signal }).catch(() => {});
  }

  #log(what: string, reason: unknown): void {
    this.#parts.log(what, { group: this.id, reason: reason instanceof Error ? reason.message : String(reason) });
  }

  async #read(from: number, signal: AbortSignal): Promise<void> {
    const { source, settings } = this.#parts;
    let next = from;
    while (!signal.aborted) {
      const limit = batchOf(settings);
      if (!this.#hasRoom(limit)) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        const page = await source.read(next, limit);
        if (signal.aborted) return;
        if (page.found === 'tombstoned') {
          this.#fault(`stream ${source.name} is deleted`);
          return;
        }
        for (const { event, place } of page.events) this.#enqueue(event, place);
        this.#progress.skip(page.considered - page.events.length, page.last);
        next = page.next;
        this.#live = page.end;
        this.#deliver();
        if (page.considered > page.events.length) this.#checkpoint(false);
        if (page.end) await source.wait(next, signal);
      } catch (error) {
        await this.#pauseAfter('a persistent subscription could not read, and tries again', error);
      }
    }
  }

  /** Without consumers one batch is enough: a store may have many groups that nobody listens to. */
  #hasRoom(limit: number): boolean {
    const size = this.#consumers.size > 0 ? this.#parts.settings.historyBufferSize : 2 * limit;
    const waiting = this.#buffer.length + this.#retries.length;
    return this.#heldBytes < maxHeldBytes && (waiting === 0 || waiting + limit < size);
  }

  #enqueue(event: StoredEvent, place: number): void {
    // A copy, so that one event that waits does not keep its whole page in memory.
    const own = { ...event, readEvent: Buffer.from(event.readEvent) };
    const message: Message = { event: own, place, retryCount: 0, sequence: this.#progress.begin(place) };
    this.#heldBytes += messageSize(message);
    this.#lastKnown = Math.max(this.#lastKnown ?? 0, place);
    this.#buffer.push(message);
  }

  #deliver(): void {
    if (!this.#ready || this.#consumers.size === 0) return;
    if (this.#deliverFrom(this.#retries)) this.#deliverFrom(this.#buffer);
    this.#wake();
  }

  /** Says whether anybody may still have a slot. */
  #deliverFrom(list: Message[]): boolean {
    let kept = 0;
    let at = 0;
    let full = false;
    for (; at < list.length && !full; at++) {
      const message = list[at]!;
      // Two streams may hold events of one id; an answer must mean one message, so the second waits for the first.
      const delivery = this.#outstanding.has(message.event.id) ? 'skipped' : this.#parts.strategy.deliver(message);
      if (delivery === 'sent') this.#begin(message);
      else if (delivery === 'skipped') list[kept++] = message;
      else {
        full = true;
        break;
      }
    }
    list.splice(kept, at - kept);
    return !full;
  }

  #begin(message: Message): void {
    this.#totalItems++;
    const consumer = [...this.#consumers].find((each) => each.inFlight.get(message.event.id) === message);
    const expires = Date.now() + this.#parts.settings.messageTimeout;
    this.#outstanding.set(message.event.id, { message, consumer, expires });
  }

  #takeOutstanding(id: string): Outstanding | undefined {
    const outstanding = this.#outstanding.get(id);
    if (!outstanding) return undefined;
    this.#outstanding.delete(id);
    if (outstanding.consumer) release(outstanding.consumer, id);
    return outstanding;
  }

  /** The message needs no more work by anybody. */
  #complete(message: Message): void {
    this.#heldBytes -= messageSize(message);
    if (message.sequence === undefined) this.#parts.parked.settle(message.event.revision);
    else this.#progress.complete(message.sequence);
  }

  #afterAnswers(): void {
    if (this.#stopping.signal.aborted) return;
    this.#checkpoint(false);
    this.#deliver();
    this.#wake();
  }

  #retryOrPark(message: Message): void {
    const { maxRetryCount } = this.#parts.settings;
    if (message.retryCount < maxRetryCount) this.#retry(message);
    else this.#park(message, `Reached retry count of ${maxRetryCount}`);
  }

  #retry(message: Message): void {
    this.#takeOutstanding(message.event.id);
    const again = { ...message, retryCount: message.retryCount + 1 };
    const before = this.#retries.findIndex(
      (other) => message.sequence !== undefined && other.sequence !== undefined && message.place < other.place,
    );
    this.#retries.splice(before < 0 ? this.#retries.length : before, 0, again);
  }

  #park(message: Message, reason: string): void {
    this.#takeOutstanding(message.event.id);
    this.#parking.park(message, reason);
  }

  #checkpoint(byTime: boolean): void {
    const place = this.#progress.due(byTime, Date.now());
    if (place !== undefined) this.#parts.checkpoints.save(this.#parts.source.format(place));
  }

  #fault(reason: string): void {
    this.#faulted = true;
    this.#log('a persistent subscription cannot go on', reason);
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
