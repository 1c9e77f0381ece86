import type { Kysely } from 'kysely';
import type { EventStore } from '../eventstore/event-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import type { ErrorReporter } from '../platform/sentry.ts';

/** What every job is given. The tables are there already (`migrateSchedulers`, `migrateDelivery`, the read models). */
export type JobDeps = {
  readonly db: Kysely<unknown>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Failed runs are reported there; by default only the log and `ops.job_run` tell of them. */
  readonly errors?: ErrorReporter;
  readonly signal?: AbortSignal;
};

export type StoreDeps = JobDeps & { readonly store: EventStore };
