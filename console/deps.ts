import type { Kysely } from 'kysely';
import type { EventStore } from '../eventstore/event-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config/config.ts';
import type { Logger } from '../platform/logging/log.ts';
import type { ReadHealth } from './monitoring/health.ts';
import type { Render } from './rendering/render.ts';
import type { SlackPreview } from './slack/preview.ts';

/** What the console works with. What it changes, it changes through commands. */
export type ConsoleDeps = {
  readonly db: Kysely<unknown>;
  readonly store: EventStore;
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  /** Where the buttons of the preview of Slack work; missing: there is no preview. */
  readonly slackPreview?: SlackPreview;
};

/** What every page gets. */
export type Page = { readonly deps: ConsoleDeps; readonly render: Render };

/** What pages that show the overall status get. */
export type WatchedPage = Page & { readonly readHealth: ReadHealth };
