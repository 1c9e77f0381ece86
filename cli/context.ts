import type { Command } from 'commander';
import { type Config, loadConfig } from '../platform/config/config.ts';
import { type ExitCode, exitCodes, isUserError } from '../platform/errors.ts';
import type { Servers } from '../platform/servers.ts';
import type { Needs } from '../platform/supervisor/protocol.ts';

/** What every command gets: the configuration, output, the servers, and a signal for Ctrl-C. */
export type Context = {
  /** Read when a command runs, not when it registers, so that it sees `--home` and reports mistakes only then. */
  config(overrides?: { consolePort?: number | undefined }): Config;
  /** Whether `--json` was given: stdout is then for one JSON document and nothing else. */
  json(): boolean;
  /** Prints a command's result: as JSON with `--json`, else as `text` renders it. Call it once. */
  print<Result>(result: Result, text: (result: Result) => string): void;
  /** Prints a progress line on stderr; never part of the result. */
  say(text: string): void;
  /** Aborted by Ctrl-C and by SIGTERM. Commands that take longer than a moment must honour it. */
  signal: AbortSignal;
  /** To be called before work of which every finished part is kept when the command is stopped: running it again continues there. */
  keepsWork(): void;
  /** Sets the exit code of a command that does not throw. */
  exitWith(code: ExitCode): void;
  /** Runs `work` with the servers up; see platform/servers.ts. */
  withServers<T>(
    work: (servers: Servers, config: Config) => Promise<T>,
    options?: { needs?: Needs; config?: Config },
  ): Promise<T>;
};

/** A file in cli/commands/: adds its command to the program. Heavy imports belong inside its action. */
export type CommandModule = { register(program: Command, context: Context): void };

/** What only `main` needs: the exit code, and whether the command's result was printed. */
type Ended = { exitCode(): ExitCode; printed(): boolean };

export function createContext(
  program: Command,
  { signal, keepsWork }: Pick<Context, 'signal' | 'keepsWork'>,
): Context & Ended {
  let printed = false;
  let code: ExitCode = exitCodes.ok;
  // `openhouse doctor` shows it. Without arguments, which may contain anything.
  let command = 'openhouse';
  program.hook('preAction', (_program, action) => {
    command = fullName(action);
  });
  const config: Context['config'] = (overrides) =>
    loadConfig(process.env, { home: program.opts<{ home?: string }>().home, ...overrides });
  const json = () => program.opts<{ json?: boolean }>().json === true;
  return {
    config,
    json,
    signal,
    keepsWork,
    print(result, text) {
      const output = json() ? JSON.stringify(result, withBigInts, 2) : text(result);
      printed = true;
      process.stdout.write(output.endsWith('\n') ? output : `${output}\n`);
    },
    say(text) {
      process.stderr.write(`${text}\n`);
    },
    exitWith(wanted) {
      code = wanted;
    },
    exitCode: () => code,
    printed: () => printed,
    async withServers(work, options = {}) {
      const { withServers } = await import('../platform/servers.ts');
      const wanted = options.config ?? config();
      const needs = options.needs === undefined ? {} : { needs: options.needs };
      try {
        return await withServers(wanted, { command, signal, ...needs }, (servers) => work(servers, wanted));
      } catch (error) {
        if (wanted.databaseUrl !== undefined || !(await isUnreachable(error))) throw error;
        const { explainFullDisk } = await import('../platform/home.ts');
        throw explainFullDisk(wanted.home, error) ?? error;
      }
    },
  };
}

async function isUnreachable(error: unknown): Promise<boolean> {
  if (isUserError(error)) return error.exitCode === exitCodes.unreachable;
  const { isConnectionLoss } = await import('../platform/database/database.ts');
  return isConnectionLoss(error);
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

/** JSON has no bigints (positions, revisions), so they become strings. */
function withBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
