import type { Kysely } from 'kysely';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { Config } from '../../platform/config/config.ts';
import type { BuildStatus } from '../../projections/index.ts';
import type { Database } from '../../tables/database.ts';
import type { Following } from '../importing/following.ts';
import type { Misfit } from '../importing/misfits.ts';
import type { JobStatus } from '../jobs/jobs.ts';
import type { RunningProcess } from '../processes.ts';

/**
 * How bad it is:
 * - `down`: a server that everything needs does not answer
 * - `broken`: something that should happen does not
 * - `attention`: everything runs, but a person has to do something
 * - `note`: for information; no one has to do anything now
 */
export type Severity = 'note' | 'attention' | 'broken' | 'down';

/** From the mildest to the worst. */
export const severities: readonly Severity[] = ['note', 'attention', 'broken', 'down'];

/** What the check of a condition can use. All times are by the database's clock. */
export type Look = {
  /** One connection, on which PostgreSQL cancels statements after a few seconds. */
  readonly db: Kysely<Database>;
  /** The same connection, for queries of other rooms: their rows have PostgreSQL's column names. */
  readonly connection: Kysely<unknown>;
  readonly store: EventStore;
  readonly now: Date;
  /** How far this process's clock is ahead of the database's, in ms. */
  readonly clockAheadMs: number;
  readonly home: string;
  /** The brokerage's; schedules use it. */
  readonly timeZone: string;
  readonly brokerage: Config['brokerage'];
  /** How much an import may quarantine before it stops. */
  readonly quarantineLimit: Config['quarantineLimit'];
  /** Whether e-mail leaves this machine. */
  readonly sendsEmail: boolean;
  /** Whether Postmark can report what became of it. */
  readonly receivesReports: boolean;
  readonly processes: readonly RunningProcess[];
  readonly jobs: readonly JobStatus[];
  /** All builds of read models; none while the event store does not answer. */
  readonly builds: readonly BuildStatus[];
  /** How far the old CRM's live database is followed; `null` if none is. */
  readonly following: Following | null;
  /** Where owner, mapping and parity of a record type do not fit together; none unless the live database is configured. */
  readonly misfits: readonly Misfit[];
  /** How often it should be swept. */
  readonly sweepEveryMs: number;
};

/** One finding. */
export type Finding = {
  /**
   * What it is about, short and without personal data: the name of a job, a read model or a channel. Unique per
   * condition.
   */
  readonly subject: string;
  /** A sentence without the full stop. */
  readonly text: string;
  readonly since?: Date | null;
  /** If this finding is worse or less serious than the condition usually is. */
  readonly severity?: Severity;
};

/**
 * Something that can be wrong. `openhouse doctor`, `/health`, `/metrics` and the console's first page show the
 * conditions that hold.
 */
export type Condition = {
  /** Stable, because programs rely on it. */
  readonly name: string;
  readonly label: string;
  readonly severity: Severity;
  /** How it is detected, for the documentation. */
  readonly detected: string;
  /** How long it takes at most to show, for the documentation; `at once` means at the next check. */
  readonly seenWithin: string;
  readonly whatToDo: string;
  /** The console page with the details. */
  readonly href: string | null;
  /** Whether it can only be checked while the event store answers. */
  readonly needsEventStore?: boolean;
  readonly look: (look: Look) => readonly Finding[] | Promise<readonly Finding[]>;
};
