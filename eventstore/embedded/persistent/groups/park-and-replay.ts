import type { ParkedMessages } from '../kept/parked-messages.ts';
import type { Message } from '../message.ts';

export type ParkAndReplayParts = {
  parked: ParkedMessages;
  /** How many parked messages are read at a time. */
  batch: number;
  stopped: AbortSignal;
  /** Whether the group can take that many more messages. */
  hasRoom(count: number): boolean;
  /** The message is parked: the group is done with it. */
  onParked(message: Message): void;
  /** Called for each parked message to be sent again. */
  onReplayed(message: Message): void;
  log(what: string, reason: unknown): void;
};

/**
 * Parks and replays a group's messages one at a time, and retries failed storage operations on each tick.
 * Until its link is written, a message is kept here and counts as unfinished, so that no checkpoint passes it.
 */
export class ParkAndReplay {
  readonly #parts: ParkAndReplayParts;
  readonly #waiting = new Map<Message, string>();
  #parking: Promise<void> | undefined;
  #replayTo: number | undefined;
  #replaying: Promise<void> | undefined;

  constructor(parts: ParkAndReplayParts) {
    this.#parts = parts;
  }

  /** How many messages the parked stream has. As on a real node, one counts once its link is written. */
  get count(): number {
    return this.#parts.parked.count();
  }

  get isReplaying(): boolean {
    return this.#replayTo !== undefined;
  }

  park(message: Message, reason: string): void {
    this.#waiting.set(message, reason);
    this.#parkWaiting();
  }

  /** Replays all, or those before revision `stopAt` of the parked stream; does nothing while a replay is running. */
  replay(stopAt = Number.POSITIVE_INFINITY): void {
    this.#replayTo ??= stopAt;
  }

  /** Resumes pending work. */
  tick(): void {
    this.#parkWaiting();
    if (this.#replayTo !== undefined) {
      this.#replaying ??= this.#replayAll().finally(() => {
        this.#replaying = undefined;
      });
    }
    if (!this.#replaying) this.#parts.parked.truncate().catch(() => {});
  }

  async settled(): Promise<void> {
    await Promise.all([this.#parking, this.#replaying]);
  }

  #parkWaiting(): void {
    this.#parking ??= this.#parkAll().finally(() => {
      this.#parking = undefined;
    });
  }

  async #parkAll(): Promise<void> {
    for (const [message, reason] of this.#waiting) {
      try {
        await this.#parts.parked.park(message, reason);
      } catch (error) {
        this.#parts.log('could not park a message, will retry', error);
        return;
      }
      this.#waiting.delete(message);
      this.#parts.onParked(message);
    }
  }

  async #replayAll(): Promise<void> {
    await this.#parking;
    const { parked, batch, stopped, hasRoom, onReplayed, log } = this.#parts;
    while (this.#replayTo !== undefined && !stopped.aborted && hasRoom(batch)) {
      try {
        const { events, done } = await parked.take(batch, this.#replayTo);
        if (done) this.#replayTo = undefined;
        for (const event of events) onReplayed({ event, place: event.revision, retryCount: 0, sequence: undefined });
      } catch (error) {
        log('could not read parked messages, will retry', error);
        return;
      }
    }
  }
}
