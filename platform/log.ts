import { type Logger, pino } from 'pino';
import type { LogLevel } from './config.ts';

export type { Logger } from 'pino';

/** Fields that say who somebody is, or what they were told. They stay out of logs, whatever object they come in. */
const personalFields = [
  'email',
  'memberEmail',
  'emails',
  'phone',
  'phones',
  'mobilePhone',
  'memberMobilePhone',
  'firstName',
  'lastName',
  'fullName',
  'memberFullName',
  'notes',
  'to',
  'text',
  'html',
  'subject',
  'raw',
];
const secretFields = ['password', 'token', 'serverToken', 'botToken', 'signingSecret', 'authorization', 'cookie'];

/**
 * JSON lines on stderr, so that stdout is the command's own. Personal and secret fields are blacked out up to three levels
 * deep; errors are logged without what PostgreSQL quotes of the row (`detail`), which holds values.
 */
export function createLogger(options: { level: LogLevel; name?: string }): Logger {
  const hidden = [...personalFields, ...secretFields].flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  return pino(
    {
      level: options.level,
      ...(options.name === undefined ? {} : { name: options.name }),
      redact: { paths: hidden, censor: '[hidden]' },
      serializers: { err: withoutValues },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    // Synchronous: the last lines before a crash are the ones that matter.
    pino.destination({ dest: 2, sync: true }),
  );
}

/** An error as it may be kept: what PostgreSQL quotes from rows and parameters left out. */
export function withoutValues(error: unknown): object {
  if (!(error instanceof Error)) return { message: typeof error === 'string' ? error : typeof error };
  const code = 'code' in error ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: withoutValues(error.cause) };
  return { type: error.name, message: error.message, ...code, ...cause, stack: error.stack };
}
