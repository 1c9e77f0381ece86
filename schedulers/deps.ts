import type { Kysely } from 'kysely';
import type { Footer } from '../delivery/email/footer.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logging/log.ts';
import type { ErrorReporter } from '../platform/logging/sentry.ts';

/** What every job gets. The tables already exist (`migrateSchedulers`, `migrateDelivery`, the read models). */
export type JobDeps = {
  readonly db: Kysely<unknown>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Failed runs are reported here; without it, only the log and `ops.job_run` have them. */
  readonly errors?: ErrorReporter;
  readonly signal?: AbortSignal;
};

export type StoreDeps = JobDeps & { readonly store: EventStore };

/** The old CRM's live database, and how it is followed. */
export type LegacySettings = {
  readonly mongoUrl: string;
  /** A mapping's name, or the path of a YAML file. Default: `home-grown`. */
  readonly mapping: string | undefined;
  readonly lagMs: number;
  readonly sweepEveryMs: number;
  readonly compareEveryMs: number;
  /** How much of a collection may be deleted at once without a person, as a share. */
  readonly maxGoneShare: number;
  /** How much a run may put into quarantine before it stops. */
  readonly quarantineLimit: { readonly share: number; readonly least: number };
};

/** What `openhouse start` gives to the jobs; each uses what it needs. */
export type SchedulerDeps = StoreDeps & {
  /** The base of links in e-mails: `https://crm.example.com`. */
  readonly baseUrl: string;
  /** Who sends the e-mails, as their last lines say. Default: nothing. */
  readonly footer?: Footer;
  /** The brokerage's: for schedules, and for agents without their own time zone. */
  readonly timeZone: string;
  /** How long an agent has to answer an offer, in minutes. Default 30. */
  readonly offerMinutes?: number;
  /** Missing: there is no live database to follow. */
  readonly legacy?: LegacySettings | undefined;
};
