import type { Kysely } from 'kysely';
import type { EventStore } from '../eventstore/event-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config/config.ts';

/** What queries need besides the database. */
export type QueryDeps = {
  readonly db: Kysely<unknown>;
  readonly store: EventStore;
  readonly config: Config;
  readonly clock: Clock;
};
