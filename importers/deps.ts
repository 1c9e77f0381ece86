import type { EventStore } from '../eventstore/event-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Progress } from '../platform/progress.ts';
import type { AnyDatabase } from './database.ts';

/** What an import works with. */
export type ImportDeps = {
  readonly db: AnyDatabase;
  readonly store: EventStore;
  readonly clock: Clock;
  /** A line for who watches. */
  readonly say?: (text: string) => void;
  /** Begins a bar for who watches. */
  readonly progress?: (label: string, total: number, unit: string) => Progress;
};

export type ImportOptions = {
  readonly signal?: AbortSignal;
  /** How long to wait for an event store that is away, in ms. Default two minutes. */
  readonly patienceMs?: number;
};
