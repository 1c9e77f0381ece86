import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../config/environment.ts';
import { loggable } from './loggable.ts';

export type { Logger } from 'pino';

/**
 * Fields that identify a person or quote what was written by or to them. They stay out of logs, whatever object they
 * are in. The tests compare them with the fields that the domain's schemas mark as personal.
 */
const personalFields = [
  'email',
  'memberEmail',
  'emails',
  'otherEmails',
  'phone',
  'phones',
  'mobilePhone',
  'mobilePhoneExt',
  'memberMobilePhone',
  'firstName',
  'lastName',
  'fullName',
  'memberFullName',
  'notes',
  'warnings',
  'otherValues',
  'reasons',
  'asItWas',
  'body',
  'savedSearchName',
  'reasonActiveOrDisabled',
  'to',
  'text',
  'html',
  'subject',
  'raw',
];
/** These mean something else in an error: they are personal only in an event's data. */
const personalInData = ['data.message', 'data.note', 'data.reason'];
const secretFields = ['password', 'token', 'serverToken', 'botToken', 'signingSecret', 'authorization', 'cookie'];

/**
 * Logs JSON lines to stderr, since stdout belongs to the command. Personal and secret fields are redacted up to five levels
 * deep, addresses in messages too; errors are logged without the row values that PostgreSQL quotes (`detail`).
 */
export function createLogger(
  options: { level: LogLevel; name?: string },
  // Synchronous: the last lines before a crash are the ones that matter.
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  const hidden = [...personalFields, ...personalInData, ...secretFields].flatMap((field) =>
    ['', '*.', '*.*.', '*.*.*.', '*.*.*.*.'].map((depth) => `${depth}${field}`),
  );
  return pino(
    {
      level: options.level,
      ...(options.name === undefined ? {} : { name: options.name }),
      redact: { paths: hidden, censor: '[hidden]' },
      serializers: { err: withoutValues },
      hooks: {
        logMethod(args, method) {
          const redacted = args.map((each: unknown) => (typeof each === 'string' ? loggable(each) : each));
          method.apply(this, redacted as Parameters<typeof method>);
        },
      },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  );
}

/** An error as it may be stored: without what PostgreSQL quotes from rows and parameters. */
function withoutValues(error: unknown): object {
  if (!(error instanceof Error)) return { message: typeof error === 'string' ? loggable(error) : typeof error };
  const code = 'code' in error ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: withoutValues(error.cause) };
  const { name: type, stack } = error;
  return { type, message: loggable(error.message), ...code, ...cause, stack: stack && loggable(stack) };
}
