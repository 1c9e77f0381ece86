import { CommanderError } from 'commander';
import { errorMessage, exitCodes, isUserError, type UserError, userError } from '../../platform/errors.ts';
import { withShownUrls } from '../../platform/logging/shown-url.ts';

/**
 * Prints an error without a stack trace.
 *
 * @param json as the one JSON document on stdout, instead of in words on stderr
 */
export function printError(error: UserError, json: boolean): void {
  const { message, hint, code, exitCode } = error;
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, hint, exitCode } }, null, 2)}\n`);
  else process.stderr.write(`openhouse: ${inWords(error)}\n`);
}

/** An error, and what to do about it, on two lines. */
export const inWords = ({ message, hint }: UserError): string => `${message}${hint === undefined ? '' : `\n  ${hint}`}`;

/** Any error as a person can read it. Unexpected ones also go to Sentry; OPENHOUSE_LOG_LEVEL=debug shows their stack. */
export async function explain(error: unknown): Promise<UserError> {
  if (isUserError(error)) return error;
  if (error instanceof CommanderError)
    return userError(
      worded(error.message)
        .replace(/^error: /, '')
        .replace(/\n\s*/g, ' '),
      {
        code: 'usage',
        hint: 'See `openhouse --help`, or `openhouse <command> --help`.',
        exitCode: exitCodes.usage,
      },
    );
  const { explainDatabaseError } = await import('../../platform/database/database.ts');
  const { explainFileError } = await import('../../platform/home.ts');
  const { explainEventStoreError } = await import('../../eventstore/explain-error.ts');
  const known = explainEventStoreError(error) ?? explainDatabaseError(error) ?? explainFileError(error, pathOf(error));
  if (known !== undefined) return known;
  await reportToSentry(error);
  return userError(`something unexpected went wrong: ${withShownUrls(errorMessage(error))}`, {
    code: 'unexpected',
    hint: 'Set OPENHOUSE_LOG_LEVEL=debug to see where. Everything done so far is kept, and it is safe to run the command again.',
    cause: error,
  });
}

/** Where a group of commands does something by itself, commander takes a misspelled subcommand for an argument too many. */
const worded = (message: string): string =>
  /^error: too many arguments for '[^']*'\. Expected 0 /.test(message)
    ? 'error: there is no such subcommand or argument'
    : message;

function pathOf(error: unknown): string {
  const known = typeof error === 'object' && error !== null && 'path' in error && typeof error.path === 'string';
  return known ? (error.path as string) : 'a file';
}

async function reportToSentry(error: unknown): Promise<void> {
  const { loadConfig } = await import('../../platform/config/config.ts');
  const { openErrorReporter } = await import('../../platform/logging/sentry.ts');
  try {
    const reporter = await openErrorReporter(loadConfig());
    reporter.report(error);
    await reporter.flush();
  } catch {
    // the error itself has been printed
  }
}
