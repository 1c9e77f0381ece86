import type { Kysely } from 'kysely';
import type { SlackApi } from '../delivery/providers/slack-api.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config/config.ts';
import type { Logger } from '../platform/logging/log.ts';
import type { ErrorReporter } from '../platform/logging/sentry.ts';

/** What answering Slack takes. */
export type SlackDeps = {
  readonly db: Kysely<unknown>;
  readonly store: EventStore;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly errors?: ErrorReporter;
  readonly slackApi: SlackApi;
};
