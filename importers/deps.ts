import type { EventStore } from '../eventstore/event-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Progress } from '../platform/progress.ts';
import type { AnyDatabase } from './database.ts';
import type { CompiledMapping } from './mappings/compile.ts';
import type { QuarantineLimit } from './quarantine-limit.ts';

/** Everything that an import works with. */
export type ImportDeps = {
  readonly db: AnyDatabase;
  readonly store: EventStore;
  readonly clock: Clock;
  /** Prints a line for the person watching. */
  readonly say?: (text: string) => void;
  /** Starts a progress bar for the person watching. */
  readonly progress?: (label: string, total: number, unit: string) => Progress;
};

export type ImportOptions = {
  readonly signal?: AbortSignal;
  /** How long to wait for an unavailable event store, in ms. Default: two minutes. */
  readonly patienceMs?: number;
  /** What the old CRM's collections and fields are called. Default: `home-grown`. */
  readonly mapping?: CompiledMapping;
  /** Whether the source is only what changed: then nothing is counted over all documents on file. */
  readonly part?: boolean;
  /** How much may be quarantined before the run stops. Default: `defaultQuarantineLimit`. */
  readonly quarantineLimit?: QuarantineLimit;
  /** Continues however much is quarantined; the name of the person who accepts that. */
  readonly acceptQuarantine?: string;
};
