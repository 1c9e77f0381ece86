import type { Kysely } from 'kysely';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { BuildStatus } from '../../projections/index.ts';
import type { Database } from '../database.ts';
import type { JobStatus } from '../jobs.ts';
import type { RunningProcess } from '../processes.ts';

/**
 * How bad it is:
 * - `down`: a server that everything needs does not answer
 * - `broken`: something that should happen does not
 * - `attention`: everything runs, and something waits for a person
 * - `note`: good to know; no one has to do anything now
 */
export type Severity = 'note' | 'attention' | 'broken' | 'down';

/** The worse, the further on. */
export const severities: readonly Severity[] = ['note', 'attention', 'broken', 'down'];

/** What every condition looks at. All times are by the database's clock. */
export type Look = {
  /** One connection, whose statements PostgreSQL ends after a few seconds. */
  readonly db: Kysely<Database>;
  /** The same connection, for questions that other rooms ask: rows come as PostgreSQL names them. */
  readonly connection: Kysely<unknown>;
  readonly store: EventStore;
  readonly now: Date;
  /** How far this process's clock is ahead of the database's, in ms. */
  readonly clockAheadMs: number;
  readonly home: string;
  /** The brokerage's: schedules are in it. */
  readonly timeZone: string;
  readonly processes: readonly RunningProcess[];
  readonly jobs: readonly JobStatus[];
  /** All builds of read models; none while the event store does not answer. */
  readonly builds: readonly BuildStatus[];
};

/** One thing that was found. */
export type Finding = {
  /** What it is about, short and without personal data: a job's name, a read model's, a channel; it tells findings apart. */
  readonly subject: string;
  /** A sentence without its full stop. */
  readonly text: string;
  readonly since?: Date | null;
  /** When this one is worse, or less bad, than the condition usually is. */
  readonly severity?: Severity;
};

/** Something that can be wrong. From this list follow `openhouse doctor`, `/health`, `/metrics` and the console's first page. */
export type Condition = {
  /** Stable: programs know it by this name. */
  readonly name: string;
  readonly label: string;
  readonly severity: Severity;
  /** How it is found out, for the documentation. */
  readonly detected: string;
  /** How long after it began it shows at most, for the documentation: `at once` is at the next look. */
  readonly seenWithin: string;
  readonly whatToDo: string;
  /** The page of the console that shows more. */
  readonly href: string | null;
  /** Whether the event store has to answer before one can look. */
  readonly needsEventStore?: boolean;
  readonly look: (look: Look) => readonly Finding[] | Promise<readonly Finding[]>;
};

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

/** `3 days`, `2 hours`, `5 minutes`, `40 seconds` */
export const duration = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return counted(seconds, 'second');
  if (seconds < 2 * 3_600) return counted(Math.floor(seconds / 60), 'minute');
  if (seconds < 48 * 3_600) return counted(Math.floor(seconds / 3_600), 'hour');
  return counted(Math.floor(seconds / 86_400), 'day');
};

/** How long ago that was. */
export const ago = (now: Date, then: Date): string => duration(now.getTime() - then.getTime());
