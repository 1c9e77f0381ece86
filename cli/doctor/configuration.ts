import { asksForLogIn } from '../../console/access/reach.ts';
import type { Config } from '../../platform/config/config.ts';
import { shownUrl } from '../../platform/logging/shown-url.ts';
import type { Check } from './check.ts';

const brokerageIn = ({ brokerage }: Config): string | undefined =>
  [brokerage.name, brokerage.postalAddress].filter(Boolean).join(', ') || undefined;

/** What is configured, and what is used instead of the rest. Secrets are only reported as set. */
export function examineConfiguration(config: Config): Check[] {
  const { databaseUrl, eventStoreUrl, mongoUrl, dumpFolder, postmark, slack, sentryDsn } = config;
  const set = (name: string, detail: string | undefined, otherwise: string): Check =>
    detail === undefined ? { name, state: 'off', detail: otherwise } : { name, state: 'ok', detail };
  return [
    set('DATABASE_URL', databaseUrl && shownUrl(databaseUrl), 'not set: the embedded PostgreSQL'),
    set('EVENTSTORE_URL', eventStoreUrl && shownUrl(eventStoreUrl), 'not set: the embedded event store'),
    set('OPENHOUSE_DUMP', dumpFolder, 'not set: `openhouse start` imports the sample, into an empty home only'),
    set('MONGO_URL', mongoUrl && `${shownUrl(mongoUrl)}, followed by \`openhouse start\``, 'not set: no live database'),
    set(
      'POSTMARK_*',
      postmark && `from ${postmark.from}`,
      'not set: the console shows e-mails instead of sending them',
    ),
    set(
      'Postmark webhook',
      config.postmarkWebhookSecret && `${config.baseUrl}/postmark/webhook`,
      'not set (POSTMARK_WEBHOOK_SECRET): Postmark cannot report bounces and complaints',
    ),
    set(
      'brokerage',
      brokerageIn(config),
      'not set (OPENHOUSE_BROKERAGE_NAME, OPENHOUSE_BROKERAGE_ADDRESS): e-mails show a placeholder',
    ),
    set('SLACK_*', slack && `channel ${slack.channel}`, 'not set: the console shows messages instead of sending them'),
    set('SENTRY_DSN', sentryDsn && 'set', 'not set: errors are logged'),
    {
      name: 'console',
      state: 'ok',
      detail: `port ${config.consolePort}, ${asksForLogIn(config, config.consoleHost) ? 'with a log-in' : 'for this machine only'}`,
    },
    { name: "buyers' pages", state: 'ok', detail: `port ${config.publicPort}, links lead to ${config.baseUrl}` },
  ];
}
