import { resolve } from 'node:path';
import { exitCodes, userError } from '../errors.ts';
import { defaultHome } from './default-home.ts';
import { environmentSchema, type LogLevel } from './environment.ts';

/**
 * Every setting, with the environment variable it comes from. With nothing set, openhouse runs on its embedded servers
 * and sends nothing outside.
 */
export type Config = {
  /** OPENHOUSE_HOME: absolute; holds the embedded database, logs and run files. */
  home: string;
  /** DATABASE_URL: a PostgreSQL to use instead of the embedded one. */
  databaseUrl: string | undefined;
  /** EVENTSTORE_URL: an EventStoreDB to use instead of the embedded event store. */
  eventStoreUrl: string | undefined;
  /** MONGO_URL: the legacy database. */
  mongoUrl: string | undefined;
  /** OPENHOUSE_MAPPING: what the legacy database calls its collections and fields: a mapping's name, or a YAML file. */
  mapping: string | undefined;
  /**
   * OPENHOUSE_FOLLOW_LAG_SECONDS: how late a change in the legacy database may be committed, and how far a clock there
   * may be wrong.
   */
  followLagSeconds: number;
  /** OPENHOUSE_FOLLOW_SWEEP_MINUTES: how often to look for documents that are gone from the legacy database, or changed without a date. */
  followSweepMinutes: number;
  /** OPENHOUSE_FOLLOW_COMPARE_HOURS: how often the contents of all its documents are compared. */
  followCompareHours: number;
  /**
   * OPENHOUSE_FOLLOW_DELETE_PERCENT: how much of a collection may be deleted at once without a person confirming it.
   */
  followDeletePercent: number;
  /**
   * OPENHOUSE_QUARANTINE_PERCENT and OPENHOUSE_QUARANTINE_LEAST: an import stops when more than this share of a collection's documents, and at
   * least this many, go into quarantine.
   */
  quarantineLimit: { share: number; least: number };
  /** OPENHOUSE_DUMP: the legacy dump that `openhouse start` imports instead of the samples; absolute. */
  dumpFolder: string | undefined;
  /** OPENHOUSE_CONSOLE_PORT. */
  consolePort: number;
  /** OPENHOUSE_CONSOLE_HOST: the address the console listens on; loopback by default. */
  consoleHost: string;
  /** OPENHOUSE_CONSOLE_URL: where people reach the console when it is behind a reverse proxy. */
  consoleUrl: string | undefined;
  /** OPENHOUSE_CONSOLE_LOG_IN: whether the console always requires a log-in, or only when other machines can reach it. */
  consoleLogIn: 'always' | 'beyond-loopback';
  /** OPENHOUSE_TRUSTED_PROXIES: addresses or networks of the proxies whose `X-Forwarded-For` is trusted. */
  trustedProxies: readonly string[];
  /** OPENHOUSE_PUBLIC_PORT: port of the buyers' pages; defaults to the console's port plus one. */
  publicPort: number;
  /** OPENHOUSE_PUBLIC_HOST: the address the buyers' pages listen on; loopback by default. */
  publicHost: string;
  /** OPENHOUSE_BASE_URL: where buyers reach their pages, without a trailing `/`; must be public if e-mail is really sent. */
  baseUrl: string;
  brokerage: BrokerageConfig;
  postmark: PostmarkConfig | undefined;
  /**
   * POSTMARK_WEBHOOK_SECRET: the password with which Postmark reports what became of e-mails; without it, no reports
   * are accepted.
   */
  postmarkWebhookSecret: string | undefined;
  slack: SlackConfig | undefined;
  /** SENTRY_DSN: where errors are reported. */
  sentryDsn: string | undefined;
  /** OPENHOUSE_TIME_ZONE: the brokerage's time zone, used for daily e-mails and for agents without one of their own. */
  timeZone: string;
  /** OPENHOUSE_ENVIRONMENT: the name of the environment in Sentry. */
  environment: string;
  /** OPENHOUSE_LOG_LEVEL. */
  logLevel: LogLevel;
};

/** OPENHOUSE_BROKERAGE_NAME (default: the name in POSTMARK_FROM), OPENHOUSE_BROKERAGE_ADDRESS: for buyers, in e-mails and on their pages. */
export type BrokerageConfig = { name: string | undefined; postalAddress: string | undefined };

/**
 * POSTMARK_SERVER_TOKEN, POSTMARK_FROM, POSTMARK_MESSAGE_STREAM, POSTMARK_API_URL; POSTMARK_TRACK_OPENS and
 * POSTMARK_TRACK_LINKS: the kinds of e-mail in which Postmark records opens and clicks.
 */
export type PostmarkConfig = {
  serverToken: string;
  from: string;
  messageStream: string;
  trackOpens: readonly string[];
  trackLinks: readonly string[];
  apiUrl: string | undefined;
};

/** SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_CHANNEL, SLACK_API_URL. */
export type SlackConfig = { botToken: string; signingSecret: string; channel: string; apiUrl: string | undefined };

/**
 * Reads the configuration from environment variables.
 *
 * @param overrides values from the command line, which win: `home` (from `--home`), `consolePort` (from `--port`)
 * @throws UserError naming each invalid variable and what it should be; values may be secrets, so they are not shown
 */
export function loadConfig(
  env: NodeJS.ProcessEnv = process.env,
  overrides: { home?: string | undefined; consolePort?: number | undefined } = {},
): Config {
  // An empty variable (`DATABASE_URL= openhouse start`, a blank line in a compose file) counts as unset.
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw userError(`the configuration is wrong: ${problems.join('; ')}`, {
      code: 'configuration',
      hint: 'Fix or unset these environment variables; `openhouse --help` describes them.',
      exitCode: exitCodes.usage,
    });
  }
  const values = parsed.data;
  const consolePort = overrides.consolePort ?? values.OPENHOUSE_CONSOLE_PORT;
  // A console on a port chosen by the system (0) does not want a fixed one for the buyers' pages either.
  const publicPort = values.OPENHOUSE_PUBLIC_PORT ?? (consolePort === 0 ? 0 : (consolePort + 1) % 65_536);
  const home = overrides.home ?? values.OPENHOUSE_HOME;
  return {
    home: home === undefined ? defaultHome(process.cwd()) : resolve(home),
    databaseUrl: values.DATABASE_URL,
    eventStoreUrl: values.EVENTSTORE_URL,
    mongoUrl: values.MONGO_URL,
    mapping: values.OPENHOUSE_MAPPING,
    followLagSeconds: values.OPENHOUSE_FOLLOW_LAG_SECONDS,
    followSweepMinutes: values.OPENHOUSE_FOLLOW_SWEEP_MINUTES,
    followCompareHours: values.OPENHOUSE_FOLLOW_COMPARE_HOURS,
    followDeletePercent: values.OPENHOUSE_FOLLOW_DELETE_PERCENT,
    quarantineLimit: {
      share: values.OPENHOUSE_QUARANTINE_PERCENT / 100,
      least: values.OPENHOUSE_QUARANTINE_LEAST,
    },
    dumpFolder: values.OPENHOUSE_DUMP === undefined ? undefined : resolve(values.OPENHOUSE_DUMP),
    consolePort,
    consoleHost: values.OPENHOUSE_CONSOLE_HOST,
    consoleUrl: values.OPENHOUSE_CONSOLE_URL,
    consoleLogIn: values.OPENHOUSE_CONSOLE_LOG_IN,
    trustedProxies: values.OPENHOUSE_TRUSTED_PROXIES,
    publicPort,
    publicHost: values.OPENHOUSE_PUBLIC_HOST,
    baseUrl: values.OPENHOUSE_BASE_URL?.replace(/\/+$/, '') ?? `http://127.0.0.1:${publicPort}`,
    brokerage: {
      name: values.OPENHOUSE_BROKERAGE_NAME ?? nameIn(values.POSTMARK_FROM),
      postalAddress: values.OPENHOUSE_BROKERAGE_ADDRESS,
    },
    postmark: values.POSTMARK_SERVER_TOKEN
      ? {
          serverToken: values.POSTMARK_SERVER_TOKEN,
          from: values.POSTMARK_FROM!,
          messageStream: values.POSTMARK_MESSAGE_STREAM,
          trackOpens: values.POSTMARK_TRACK_OPENS,
          trackLinks: values.POSTMARK_TRACK_LINKS,
          apiUrl: values.POSTMARK_API_URL,
        }
      : undefined,
    postmarkWebhookSecret: values.POSTMARK_WEBHOOK_SECRET,
    slack: values.SLACK_BOT_TOKEN
      ? {
          botToken: values.SLACK_BOT_TOKEN,
          signingSecret: values.SLACK_SIGNING_SECRET!,
          channel: values.SLACK_CHANNEL!,
          apiUrl: values.SLACK_API_URL,
        }
      : undefined,
    sentryDsn: values.SENTRY_DSN,
    timeZone: values.OPENHOUSE_TIME_ZONE,
    environment: values.OPENHOUSE_ENVIRONMENT,
    logLevel: values.OPENHOUSE_LOG_LEVEL,
  };
}

/** `Sunshine Homes <alerts@example.com>`: Sunshine Homes */
const nameIn = (from = ''): string | undefined => {
  const [, name] = /^([^<]{1,200})</.exec(from) ?? [];
  return name?.trim().replace(/^"(.*)"$/, '$1') || undefined;
};
