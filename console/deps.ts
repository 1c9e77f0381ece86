import type { Kysely } from 'kysely';
import type { EventStore } from '../eventstore/event-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config/config.ts';
import type { Logger } from '../platform/logging/log.ts';
import type { ReadHealth } from './health.ts';
import type { Render } from './render.ts';

/** What the console works with. It only reads, except that it records opt-outs by the link in an e-mail. */
export type ConsoleDeps = {
  readonly db: Kysely<unknown>;
  readonly store: EventStore;
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
};

/** What every page gets. */
export type Page = { readonly deps: ConsoleDeps; readonly render: Render };

/** What pages that show the overall status get. */
export type WatchedPage = Page & { readonly readHealth: ReadHealth };
