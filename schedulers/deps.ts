import type { Kysely } from 'kysely';
import type { EventStore } from '../eventstore/event-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logging/log.ts';
import type { ErrorReporter } from '../platform/logging/sentry.ts';

/** What every job is given. The tables are there already (`migrateSchedulers`, `migrateDelivery`, the read models). */
export type JobDeps = {
  readonly db: Kysely<unknown>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Failed runs are reported there; without it, only the log and `ops.job_run` show them. */
  readonly errors?: ErrorReporter;
  readonly signal?: AbortSignal;
};

export type StoreDeps = JobDeps & { readonly store: EventStore };

/** What `openhouse start` gives to the jobs: each takes what it needs of it. */
export type SchedulerDeps = StoreDeps & {
  /** Where links in e-mails lead: `https://crm.example.com`. */
  readonly baseUrl: string;
  /** The brokerage's: schedules are in it, and agents work in it who have no time zone of their own. */
  readonly timeZone: string;
  /** How long an agent has to answer an offer, in minutes. Default 30. */
  readonly offerMinutes?: number;
};
