import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { exitCodes, userError } from '../errors.ts';
import { isTimeZone } from '../shown-time.ts';
import { eventStoreAddressProblem } from './event-store-address.ts';
import { whyNotPublic, whyNotWebAddress } from './public-url.ts';

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
  /** OPENHOUSE_FOLLOW_LAG_SECONDS: how late a change in the legacy database may be committed, or a clock there be wrong. */
  followLagSeconds: number;
  /** OPENHOUSE_FOLLOW_SWEEP_MINUTES: how often to look for documents that are gone from the legacy database, or changed without a date. */
  followSweepMinutes: number;
  /** OPENHOUSE_FOLLOW_COMPARE_HOURS: how often the contents of all its documents are compared. */
  followCompareHours: number;
  /** OPENHOUSE_FOLLOW_DELETE_PERCENT: how much of a collection may be deleted at once without a person. */
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

/** POSTMARK_SERVER_TOKEN, POSTMARK_FROM, POSTMARK_MESSAGE_STREAM, POSTMARK_WEBHOOK_SECRET, POSTMARK_API_URL. */
export type PostmarkConfig = {
  serverToken: string;
  from: string;
  messageStream: string;
  webhookSecret: string | undefined;
  apiUrl: string | undefined;
};

/** SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_CHANNEL, SLACK_API_URL. */
export type SlackConfig = { botToken: string; signingSecret: string; channel: string; apiUrl: string | undefined };

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const text = z.string().trim().min(1);
const url = (example: string, ...protocols: string[]) =>
  text
    .refine((value) => protocols.some((protocol) => value.startsWith(`${protocol}://`)), `must look like ${example}`)
    .optional();
/** An address that pages are appended to, and that people and buyers see. */
const webAddress = (example: string) =>
  text
    .superRefine((value, context) => {
      const message = whyNotWebAddress(value, example);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .optional();
const port = z.coerce
  .number('must be a port number')
  .int('must be a port number')
  .min(0, 'must be 0 to 65535')
  .max(65_535, 'must be 0 to 65535');

/** Not whether it exists: a word that was put there until later is not one. */
function isPostalAddress(text: string): boolean {
  return /\d/.test(text) && /\p{L}{2}/u.test(text) && /[\s,]/.test(text);
}

function isAddressOrNetwork(value: string): boolean {
  const [address = '', bits, ...more] = value.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

const environmentSchema = z
  .object({
    OPENHOUSE_HOME: text.optional(),
    DATABASE_URL: url('postgres://user:password@host:5432/database', 'postgres', 'postgresql'),
    EVENTSTORE_URL: text
      .superRefine((value, context) => {
        const message = eventStoreAddressProblem(value);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      .optional(),
    MONGO_URL: url('mongodb://host:27017/database', 'mongodb', 'mongodb+srv'),
    OPENHOUSE_MAPPING: text.optional(),
    OPENHOUSE_FOLLOW_LAG_SECONDS: z.coerce.number('must be a number').min(0).max(86_400).default(120),
    OPENHOUSE_FOLLOW_SWEEP_MINUTES: z.coerce.number('must be a number').min(1).max(10_080).default(60),
    OPENHOUSE_FOLLOW_COMPARE_HOURS: z.coerce.number('must be a number').min(1).max(10_080).default(24),
    OPENHOUSE_FOLLOW_DELETE_PERCENT: z.coerce.number('must be a number').min(0).max(100).default(2),
    OPENHOUSE_QUARANTINE_PERCENT: z.coerce.number('must be a number').min(0).max(100).default(20),
    OPENHOUSE_QUARANTINE_LEAST: z.coerce.number('must be a number').int().min(1).max(1_000_000).default(50),
    OPENHOUSE_DUMP: text.optional(),
    OPENHOUSE_CONSOLE_PORT: port.default(4000),
    OPENHOUSE_CONSOLE_HOST: text.default('127.0.0.1'),
    OPENHOUSE_CONSOLE_URL: webAddress('https://crm.example.com'),
    OPENHOUSE_CONSOLE_LOG_IN: z
      .enum(['always', 'beyond-loopback'], 'must be always or beyond-loopback')
      .default('beyond-loopback'),
    OPENHOUSE_TRUSTED_PROXIES: text
      .transform((list) => list.split(/[\s,]+/).filter((each) => each !== ''))
      .refine((list) => list.every(isAddressOrNetwork), 'must be addresses like 10.0.0.5 or networks like 10.0.0.0/8')
      .default([]),
    OPENHOUSE_PUBLIC_PORT: port.optional(),
    OPENHOUSE_PUBLIC_HOST: text.default('127.0.0.1'),
    OPENHOUSE_BASE_URL: webAddress('https://homes.example.com'),
    OPENHOUSE_BROKERAGE_NAME: text.max(200, 'must be at most 200 characters long').optional(),
    OPENHOUSE_BROKERAGE_ADDRESS: text
      .max(300, 'must be at most 300 characters long')
      .refine(isPostalAddress, 'must be a postal address like 12 Main St, Boca Raton, FL 33432')
      .optional(),
    OPENHOUSE_TIME_ZONE: text.refine(isTimeZone, 'must be a name like America/New_York').default('America/New_York'),
    OPENHOUSE_ENVIRONMENT: text.default('development'),
    OPENHOUSE_LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('warn'),
    POSTMARK_SERVER_TOKEN: text.optional(),
    POSTMARK_FROM: text.optional(),
    POSTMARK_MESSAGE_STREAM: text.default('outbound'),
    POSTMARK_WEBHOOK_SECRET: text.optional(),
    POSTMARK_API_URL: url('https://api.postmarkapp.com', 'http', 'https'),
    SLACK_BOT_TOKEN: text.optional(),
    SLACK_SIGNING_SECRET: text.optional(),
    SLACK_CHANNEL: text.optional(),
    SLACK_API_URL: url('https://slack.com/api/', 'http', 'https'),
    SENTRY_DSN: url('https://key@o0.ingest.sentry.io/0', 'http', 'https'),
  })
  .superRefine((env, context) => {
    const together = (given: keyof typeof env, needed: keyof typeof env, why: string) => {
      if (env[given] !== undefined && env[needed] === undefined)
        context.addIssue({ code: 'custom', path: [needed], message: `is needed with ${given}: ${why}` });
    };
    together('POSTMARK_SERVER_TOKEN', 'POSTMARK_FROM', 'the address that e-mails are sent from');
    together(
      'POSTMARK_SERVER_TOKEN',
      'OPENHOUSE_BASE_URL',
      'the links in e-mails (to homes, to unsubscribe) point there, so it must be an https:// address that buyers can reach',
    );
    const wrong =
      env.POSTMARK_SERVER_TOKEN === undefined || env.OPENHOUSE_BASE_URL === undefined
        ? null
        : whyNotPublic(env.OPENHOUSE_BASE_URL);
    if (wrong !== null) {
      const message = `${wrong}, since POSTMARK_SERVER_TOKEN is set: the links in e-mails (to homes, to unsubscribe) point there`;
      context.addIssue({ code: 'custom', path: ['OPENHOUSE_BASE_URL'], message });
    }
    together(
      'SLACK_BOT_TOKEN',
      'SLACK_SIGNING_SECRET',
      'without it a real button click cannot be told from a forged one',
    );
    together('SLACK_BOT_TOKEN', 'SLACK_CHANNEL', 'the channel for offers that no agent took');
  });

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
          webhookSecret: values.POSTMARK_WEBHOOK_SECRET,
          apiUrl: values.POSTMARK_API_URL,
        }
      : undefined,
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

/**
 * The `.openhouse` folder of the current project: in the nearest ancestor that has one, else in the nearest one with a
 * package.json, else in `from` itself.
 */
export function defaultHome(from: string): string {
  const upwards = [...ancestors(from)];
  const root =
    upwards.find((folder) => existsSync(join(folder, '.openhouse'))) ??
    upwards.find((folder) => existsSync(join(folder, 'package.json'))) ??
    from;
  return join(root, '.openhouse');
}

function* ancestors(folder: string): Generator<string> {
  for (let current = resolve(folder); ; current = dirname(current)) {
    yield current;
    if (dirname(current) === current) return;
  }
}
