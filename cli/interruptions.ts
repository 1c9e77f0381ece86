import { type ExitCode, exitCodes, isUserError, type UserError, userError } from '../platform/errors.ts';

/** What Ctrl-C and other requests to stop have asked of this process so far. */
export type Interruptions = {
  /** Aborted by the first one. */
  readonly signal: AbortSignal;
  /** What to report once the command has stopped, given what it threw (if anything); undefined if nobody asked it to stop. */
  stopped(thrown?: unknown): UserError | undefined;
};

/**
 * The first Ctrl-C asks the command to stop. A second one ends the process, and so does a command that takes too long to stop.
 *
 * @param beforeExit called before the process ends in the middle of a command
 */
export function watchInterruptions(beforeExit: (error: UserError) => void): Interruptions {
  const controller = new AbortController();
  let exitCode: ExitCode | undefined;
  const stopped: Interruptions['stopped'] = (thrown) => {
    if (exitCode === undefined) return undefined;
    const own = isUserError(thrown) && thrown.exitCode === exitCodes.interrupted ? thrown : undefined;
    return userError(own?.message ?? `stopped by ${senders[exitCode]} before it was done`, {
      code: own?.code ?? 'interrupted',
      hint: own?.hint ?? 'Everything done so far is kept; run the command again to continue.',
      exitCode,
    });
  };
  // The connection to the supervisor closes with the process, so no servers stay behind.
  const exit = () => {
    const error = stopped()!;
    beforeExit(error);
    process.exit(error.exitCode);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      if (exitCode !== undefined) return exit();
      exitCode = name === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
      if (process.stderr.isTTY) process.stderr.write('\nstopping (press Ctrl-C again to stop at once)…\n');
      controller.abort(new Error(`stopped by ${name}`));
      setTimeout(exit, 10_000).unref();
    });
  return { signal: controller.signal, stopped };
}

const senders: Readonly<Record<number, string>> = {
  [exitCodes.interrupted]: 'Ctrl-C',
  [exitCodes.terminated]: 'SIGTERM',
};
