import type { GroupSettings } from '../settings.ts';

/**
 * A group's progress: the place up to which everything is done. Messages are answered in any order, so that is the place
 * before the oldest unfinished message.
 */
export class Progress {
  readonly #settings: Pick<GroupSettings, 'checkPointAfter' | 'minCheckPointCount' | 'maxCheckPointCount'>;
  /** Messages begun and not done, oldest first, each with the place of the message before it. */
  readonly #open = new Map<number, number | undefined>();
  #nextSequence = 0;
  #lastPlace: number | undefined;
  #checkpointed = -1;
  #checkpointedAt = 0;
  #lastCheckpoint: number | undefined;

  constructor(settings: Pick<GroupSettings, 'checkPointAfter' | 'minCheckPointCount' | 'maxCheckPointCount'>) {
    this.#settings = settings;
  }

  /** The place last returned by `due`, or resumed from. */
  get lastCheckpoint(): number | undefined {
    return this.#lastCheckpoint;
  }

  /** Resumes after a checkpoint. */
  resume(place: number): void {
    this.#nextSequence = 1;
    this.#checkpointed = 0;
    this.#lastPlace = place;
    this.#lastCheckpoint = place;
  }

  /** A message at this place was read; returns its sequence number. */
  begin(place: number): number {
    const sequence = this.#nextSequence++;
    this.#open.set(sequence, this.#lastPlace);
    this.#lastPlace = place;
    return sequence;
  }

  /** `count` events up to `place` were considered and did not match: nothing to do for them. */
  skip(count: number, place: number | undefined): void {
    if (count <= 0 || place === undefined) return;
    this.#nextSequence += count;
    this.#lastPlace = Math.max(place, this.#lastPlace ?? place);
  }

  complete(sequence: number): void {
    this.#open.delete(sequence);
  }

  /**
   * The place to checkpoint now, if any: as soon as `maxCheckPointCount` messages are done, otherwise on a tick, after
   * `minCheckPointCount` of them and `checkPointAfter` milliseconds.
   */
  due(byTime: boolean, now: number): number | undefined {
    const [oldest] = this.#open;
    const sequence = oldest ? oldest[0] - 1 : this.#nextSequence - 1;
    const place = oldest ? oldest[1] : this.#lastPlace;
    if (sequence < 0 || place === undefined) return undefined;
    const count = sequence - this.#checkpointed;
    const { checkPointAfter, minCheckPointCount, maxCheckPointCount } = this.#settings;
    if (count <= 0) return undefined;
    const timeIsUp = checkPointAfter > 0 && now - this.#checkpointedAt >= checkPointAfter;
    if (count < maxCheckPointCount && !(byTime && timeIsUp && count >= minCheckPointCount)) return undefined;
    this.#checkpointed = sequence;
    this.#checkpointedAt = now;
    this.#lastCheckpoint = place;
    return place;
  }
}
