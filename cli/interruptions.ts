import { type ExitCode, exitCodes, isUserError, type UserError, userError } from '../platform/errors.ts';

/** What Ctrl-C and other requests to stop have asked of this process so far. */
export type Interruptions = {
  /** Aborted by the first one. */
  readonly signal: AbortSignal;
  /** Notes that what the command does from now on is kept, and that running it again continues there; a stopped one says so. */
  keepsWork(): void;
  /** What to report once the command has stopped, given what it threw (if anything); undefined if nobody asked it to stop. */
  stopped(thrown?: unknown): UserError | undefined;
};

/** The signals that ask a command to stop: who sent each, in words, and the exit code that says so. `bin/openhouse` has their names, too. */
const stopSignals = {
  SIGINT: { sender: 'Ctrl-C', exitCode: exitCodes.interrupted },
  SIGTERM: { sender: 'SIGTERM', exitCode: exitCodes.terminated },
  SIGHUP: { sender: 'SIGHUP', exitCode: exitCodes.hungUp },
} as const satisfies Partial<Record<NodeJS.Signals, { sender: string; exitCode: ExitCode }>>;

export type StopSignal = keyof typeof stopSignals;

/**
 * The first Ctrl-C asks the command to stop. A second one ends the process, and so does a command that takes too long to stop.
 *
 * @param beforeExit called before the process ends in the middle of a command
 * @param early those that arrived before this was called
 */
export function watchInterruptions(
  beforeExit: (error: UserError) => void,
  early: Iterable<StopSignal> = [],
): Interruptions {
  const controller = new AbortController();
  let first: StopSignal | undefined;
  let keepsWork = false;
  const stopped: Interruptions['stopped'] = (thrown) => {
    if (first === undefined) return undefined;
    const { sender, exitCode } = stopSignals[first];
    const own = isUserError(thrown) && thrown.exitCode === exitCodes.interrupted ? thrown : undefined;
    const kept = keepsWork ? 'Everything done so far is kept; run the command again to continue.' : undefined;
    const hint = own?.hint ?? kept;
    return userError(own?.message ?? `stopped by ${sender} before it was done`, {
      code: own?.code ?? 'interrupted',
      ...(hint === undefined ? {} : { hint }),
      exitCode,
    });
  };
  // The connection to the supervisor closes with the process, so no servers stay behind.
  const exit = () => {
    const error = stopped()!;
    beforeExit(error);
    process.exit(error.exitCode);
  };
  const stop = (name: StopSignal) => {
    if (first !== undefined) return exit();
    first = name;
    if (process.stderr.isTTY) process.stderr.write('\nstopping (press Ctrl-C again to stop at once)…\n');
    controller.abort(new Error(`stopped by ${name}`));
    setTimeout(exit, 10_000).unref();
  };
  for (const name of Object.keys(stopSignals) as StopSignal[]) process.on(name, () => stop(name));
  const [before] = early;
  if (before !== undefined) stop(before);
  const noteWork = () => {
    keepsWork = true;
  };
  return { signal: controller.signal, stopped, keepsWork: noteWork };
}
