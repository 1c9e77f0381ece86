import type { StoredEvent } from '../../storage/types.ts';
import { type Connection, type Consumer, createConsumer } from '../consumers/consumer.ts';
import { dropped } from '../errors.ts';
import type { Message } from '../message.ts';
import type { GroupSettings } from '../settings.ts';
import type { Source, SourcePage } from '../source/source.ts';
import { createSourceReader, type SourceReader } from '../source/source-reader.ts';
import { batchOf, type GroupParts } from './group-parts.ts';
import { createHeld, type Held } from './held.ts';
import { createOutstanding, type Outstanding } from './outstanding.ts';
import { ParkAndReplay } from './park-and-replay.ts';
import { Progress } from './progress.ts';
import { createWaiting } from './waiting.ts';
import { whereToResume } from './where-to-resume.ts';

export type NackAction = 'unknown' | 'park' | 'retry' | 'skip' | 'stop';

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
  readonly #parkAndReplay: ParkAndReplay;
  readonly #held: Held;
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
    this.#held = createHeld(parts.settings.historyBufferSize);
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
    this.#parkAndReplay = new ParkAndReplay({
      parked: parts.parked,
      batch: batchOf(parts.settings),
      stopped: this.#stopping.signal,
      hasRoom: (count) => this.#hasRoom(count),
      onParked: (message) => {
        this.#complete(message);
        this.#afterAnswers();
      },
      onReplayed: (message) => {
        this.#held.add(message);
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
    await Promise.allSettled([this.#reader.ended(), this.#parkAndReplay.settled()]);
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
    this.#parkAndReplay.replay(stopAt);
    if (this.#ready) this.#parkAndReplay.tick();
  }

  /** Once a second: handles timed-out messages, due checkpoints, and failed storage operations. */
  tick(now = Date.now()): void {
    for (const message of this.#outstanding.expired(now)) this.#retryOrPark(message);
    this.#parts.checkpoints.retry();
    this.#checkpoint(true);
    this.#deliver();
    if (this.#ready) this.#parkAndReplay.tick();
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
      parkedCount: this.#parkAndReplay.count,
    };
  }

  /** Where to resume, once the checkpoint and the parked messages are loaded. */
  async #begin(): Promise<number> {
    const { done, next } = await whereToResume(this.#parts);
    if (done !== undefined) this.#progress.resume(done);
    this.#ready = true;
    this.#parkAndReplay.tick();
    return next;
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

  #hasRoom(count: number): boolean {
    return this.#held.hasRoom(count, this.#consumers.size > 0, this.#waiting.counts());
  }

  #enqueue(event: StoredEvent, place: number): void {
    // A copy, so that one waiting event does not keep its whole page in memory.
    const own = { ...event, readEvent: Buffer.from(event.readEvent) };
    const message: Message = { event: own, place, retryCount: 0, sequence: this.#progress.begin(place) };
    this.#held.add(message);
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
    this.#held.remove(message);
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
    this.#parkAndReplay.park(message, reason);
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
    return [this.#parkAndReplay.isReplaying ? 'ReplayingParkedMessages' : '', this.#live ? 'Live' : 'Behind']
      .filter(Boolean)
      .join(', ');
  }
}
