import { isIP } from 'node:net';
import { z } from 'zod';
import { isTimeZone } from '../wording/shown-time.ts';
import { eventStoreAddressProblem } from './event-store-address.ts';
import { whyNotPublic, whyNotWebAddress } from './public-url.ts';

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

/** The kinds of e-mail that can be tracked: alerts for buyers, and summaries for agents. */
const trackableKinds = ['alert-digest', 'agent-summary'] as const;

const emailKinds = text
  .transform((list) => list.split(/[\s,]+/).filter((each) => each !== '' && each !== 'none'))
  .pipe(z.array(z.enum(trackableKinds, `must be none, or a list of ${trackableKinds.join(', ')}`)))
  .default([]);

/** Rejects placeholders ("later", "TODO"); it does not check that the address exists. */
function isPostalAddress(text: string): boolean {
  return /\d/.test(text) && /\p{L}{2}/u.test(text) && /[\s,]/.test(text);
}

function isAddressOrNetwork(value: string): boolean {
  const [address = '', bits, ...more] = value.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** The environment variables as they are given, with their defaults, and which ones are needed together. */
export const environmentSchema = z
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
    POSTMARK_WEBHOOK_SECRET: text.max(1_000, 'must be at most 1,000 characters long').optional(),
    POSTMARK_TRACK_OPENS: emailKinds,
    POSTMARK_TRACK_LINKS: emailKinds,
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
