import { CommanderError } from 'commander';
import { errorMessage, exitCodes, isUserError, type UserError, userError } from '../platform/errors.ts';
import { withShownUrls } from '../platform/shown-url.ts';

/**
 * Tells an error to the person (or, with `--json`, the program) at the other end, without a stack trace, and returns the
 * exit code. What nobody foresaw goes to Sentry too, and with OPENHOUSE_LOG_LEVEL=debug its stack is shown.
 */
export async function reportError(error: unknown, json: boolean): Promise<number> {
  const told = await explain(error);
  const { message, hint, code, exitCode } = told;
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, hint, exitCode } }, null, 2)}\n`);
  else process.stderr.write(`openhouse: ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`);
  if (process.env.OPENHOUSE_LOG_LEVEL === 'debug') console.error(error);
  return exitCode;
}

async function explain(error: unknown): Promise<UserError> {
  if (isUserError(error)) return error;
  if (error instanceof CommanderError)
    return userError(error.message.replace(/^error: /, '').replace(/\n\s*/g, ' '), {
      code: 'usage',
      hint: 'See `openhouse --help`, or `openhouse <command> --help`.',
      exitCode: exitCodes.usage,
    });
  const { explainDatabaseError } = await import('../platform/database.ts');
  const { explainFileError } = await import('../platform/home.ts');
  const { explainEventStoreError } = await import('../eventstore/explain-error.ts');
  const known = explainEventStoreError(error) ?? explainDatabaseError(error) ?? explainFileError(error, pathOf(error));
  if (known !== undefined) return known;
  await reportToSentry(error);
  return userError(`something unexpected went wrong: ${withShownUrls(errorMessage(error))}`, {
    code: 'unexpected',
    hint: 'Set OPENHOUSE_LOG_LEVEL=debug to see where. What was done is kept; it is safe to run it again.',
    cause: error,
  });
}

function pathOf(error: unknown): string {
  const known = typeof error === 'object' && error !== null && 'path' in error && typeof error.path === 'string';
  return known ? (error.path as string) : 'a file';
}

async function reportToSentry(error: unknown): Promise<void> {
  const { loadConfig } = await import('../platform/config.ts');
  const { openErrorReporter } = await import('../platform/sentry.ts');
  try {
    const reporter = await openErrorReporter(loadConfig());
    reporter.report(error);
    await reporter.flush();
  } catch {
    // the error itself is told; that it could not be reported as well helps nobody now
  }
}
