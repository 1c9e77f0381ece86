import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCodes, type UserError, userError } from '../platform/errors.ts';
import { type CommandFile, commandFiles } from './command-files.ts';
import { createContext } from './context.ts';
import { type StopSignal, watchInterruptions } from './interruptions.ts';
import { cannotWrite } from './output/output-file.ts';
import { explain, printError } from './output/report-error.ts';

const version = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
  .version;

const description = `An event-sourced CRM core for residential real-estate brokerages.

Every change to a listing, a lead or an agent is an event, and everything that people and jobs read is computed from those events. \`openhouse start\` shows it all on a sample brokerage and needs nothing but Node: it imports a dump of an old CRM as events, alerts buyers to homes, and offers leads to agents.`;

const help = `
Exit codes:
  0    done
  1    failed; the message says why
  2    the command line or the configuration is not valid; nothing was done
  3    done, but something needs attention (refused corrections, failed messages, parked events, ...)
  4    a server it needs could not be started or reached
  129  stopped by SIGHUP (its terminal was closed) before it was done
  130  stopped by Ctrl-C before it was done
  143  stopped by SIGTERM before it was done

Configuration comes from the environment. By default, openhouse starts its own servers:
  OPENHOUSE_HOME          where they keep their data (default: .openhouse in the project's folder)
  DATABASE_URL            a PostgreSQL to use instead
  EVENTSTORE_URL          an EventStoreDB to use instead
  MONGO_URL               the old CRM's database, which \`openhouse start\` follows
  OPENHOUSE_MAPPING       what it calls its collections and fields: a mapping's name or file
  OPENHOUSE_FOLLOW_LAG_SECONDS, OPENHOUSE_FOLLOW_SWEEP_MINUTES  how far back each check for changes goes, and how often everything is swept
  OPENHOUSE_FOLLOW_COMPARE_HOURS, OPENHOUSE_FOLLOW_DELETE_PERCENT  how often contents are compared, and how much may be deleted at once
  OPENHOUSE_QUARANTINE_PERCENT, OPENHOUSE_QUARANTINE_LEAST  how much of a collection may go into quarantine before an import stops
  OPENHOUSE_DUMP          a dump of an old CRM for \`openhouse start\` to use instead of the sample
  POSTMARK_SERVER_TOKEN, POSTMARK_FROM, OPENHOUSE_BASE_URL  e-mail, and the https:// address that its links
                                                            lead to; without them, the console shows the e-mails
  POSTMARK_WEBHOOK_SECRET, POSTMARK_TRACK_OPENS, POSTMARK_TRACK_LINKS  the secret with which Postmark reports deliveries and bounces, and
                                                            the kinds of e-mail whose opens and clicks it records (default: none)
  OPENHOUSE_BROKERAGE_NAME, OPENHOUSE_BROKERAGE_ADDRESS     who sends the e-mails: US law requires a postal address
  SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_CHANNEL      Slack; likewise
  SENTRY_DSN              where to report errors
  OPENHOUSE_CONSOLE_PORT, OPENHOUSE_CONSOLE_HOST    where the console listens (default: 127.0.0.1:4000)
  OPENHOUSE_CONSOLE_URL, OPENHOUSE_CONSOLE_LOG_IN   where people reach it; \`always\` asks for a log-in even on this machine
  OPENHOUSE_PUBLIC_PORT, OPENHOUSE_PUBLIC_HOST      where the buyers' pages listen (default: 127.0.0.1, the next port)
  OPENHOUSE_TRUSTED_PROXIES, OPENHOUSE_ENVIRONMENT, OPENHOUSE_TIME_ZONE, OPENHOUSE_LOG_LEVEL
\`openhouse doctor\` shows what is configured and running, and how to fix what is not.

Examples:
  openhouse start                       everything, on the sample; console on http://127.0.0.1:4000
  openhouse import ./dump/crm           import a mongodump folder
  openhouse history listing <id>        who changed what, when, and why
  openhouse jobs --json                 the latest job runs, for a script`;

/** The program without its commands, which `main` registers. */
async function createProgram(): Promise<Command> {
  const program: Command = new Command('openhouse')
    .description(description)
    .version(version, '-V, --version', 'show the version')
    .option('--home <folder>', 'keep data in that folder (default: OPENHOUSE_HOME, or .openhouse)')
    .option('--json', 'print only the result on stdout, as one JSON document')
    .helpOption('-h, --help', 'show help for a command')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', help)
    .showSuggestionAfterError()
    // Not those of a parent that is a command itself, like `openhouse import --follow`.
    .configureHelp({
      showGlobalOptions: true,
      visibleGlobalOptions: (command) => (command === program ? [] : [...program.options]),
    })
    .configureOutput({ outputError: () => {} }) // `main` prints it, also as JSON
    .exitOverride();
  return program;
}

/**
 * Runs the command line and sets the process's exit code.
 *
 * @param argv without `node` and the script
 * @param early requests to stop that arrived while this was being loaded
 */
export async function main(argv: readonly string[], early: Iterable<StopSignal> = []): Promise<void> {
  const program = await createProgram();
  const json = argv.includes('--json');
  let failed = false;
  /** With --json, stdout is one JSON document, however a command ends: its result, or else an error. */
  const fail = (error: UserError) => {
    if (!failed) printError(error, json && !context.printed());
    failed = true;
    return error.exitCode;
  };
  const interruptions = watchInterruptions((error) => void fail(error), early);
  const { signal, stopped } = interruptions;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // It is not an error when the reader of our output stops reading (`| head`).
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    const reported = stopped() ?? cannotWrite('stdout', error, exitCodes.failed);
    printError(reported, false);
    process.exit(reported.exitCode);
  });
  // Where nobody can read messages (the terminal was closed, the disk of a log is full), the exit code still says how it ended.
  process.stderr.on('error', () => {});
  const context = createContext(program, interruptions);
  for (const { load } of neededFiles(argv)) {
    const { register } = await load();
    register(program, context);
  }
  inheritSettings(program);

  try {
    if (argv.length === 0) {
      process.stderr.write(program.helpInformation());
      return end(exitCodes.usage);
    }
    signal.throwIfAborted();
    await program.parseAsync(argv, { from: 'user' });
    const error = context.printed() ? undefined : stopped();
    end(error === undefined ? context.exitCode() : fail(error));
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return end(exitCodes.ok); // --help, --version
    // A group of commands without a subcommand: commander has printed its help.
    const reported =
      thrown instanceof CommanderError && thrown.code === 'commander.help'
        ? userError('a subcommand is missing', { code: 'usage', exitCode: exitCodes.usage })
        : thrown;
    end(fail(stopped(thrown) ?? (await explain(reported))));
    if (process.env.OPENHOUSE_LOG_LEVEL === 'debug') console.error(thrown);
  }
}

/** The file of the command that `argv` names, because loading all takes twice as long; otherwise all, which help and suggestions list. */
function neededFiles(argv: readonly string[]): readonly CommandFile[] {
  const all = commandFiles();
  const named = all.filter(({ name }) => name === argv[0]);
  return named.length > 0 ? named : all;
}

/**
 * Makes every command throw instead of exit and leave errors to `main`; its help says what it does, and where the exit
 * codes are explained.
 */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    const summary = child.summary();
    if (child.description() === '') child.description(`${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`);
    if (child.commands.length === 0) child.addHelpText('after', '\n`openhouse --help` explains all exit codes.');
    inheritSettings(child);
  }
}

function end(code: number): void {
  process.exitCode = code;
  // A forgotten timer or connection must not keep a finished command from ending.
  setTimeout(() => process.exit(code), 2_000).unref();
}
