/**
 * Runs commands of openhouse one after the other, as `bin/openhouse` would, until it is killed: each message is a command
 * (`Asked`), and the answer says how it ended (`Ended`). A command may be asked to kill the whole process at one of its writes, or to be
 * stopped there as by Ctrl-C.
 */
import { createRequire } from 'node:module';
import { Client } from '@grpc/grpc-js';
import { Command } from 'commander';
import pg from 'pg';
import { register as conflicts } from '../../../cli/commands/data/conflicts.ts';
import { register as cutover } from '../../../cli/commands/data/cutover.ts';
import { register as imports } from '../../../cli/commands/data/import.ts';
import { register as parity } from '../../../cli/commands/data/parity.ts';
import { register as quarantine } from '../../../cli/commands/data/quarantine.ts';
import { createContext } from '../../../cli/context.ts';
import { legacySettings } from '../../../cli/legacy-settings.ts';
import { withWorkspace } from '../../../cli/workspace.ts';
import { withImportLease } from '../../../importers/running/import-run.ts';
import { exitCodes, isUserError } from '../../../platform/errors.ts';
import { followLegacy } from '../../../schedulers/old-crm/follow-legacy.ts';
import { writeBackJob } from '../../../schedulers/old-crm/write-back.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import { until } from '../../support/until.ts';

export type Asked = {
  /** What follows `openhouse`; or `follow` or `write-back`, for one run of that job. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Before which of its writes it dies, counted from 1; `null`: it does not. */
  readonly killAt: number | null;
  /** It does not die there, but is asked to stop. */
  readonly isStopped: boolean;
  /** It dies so much later, in ms, when the write may or may not have arrived. */
  readonly laterMs: number;
};

export type Ended = {
  readonly code: number;
  readonly output: string;
  /** What it wrote, in order, so that a failure can be understood. */
  readonly writes: readonly string[];
};

/** Whatever changes something on a server; keeping a lease does not. */
const writing = /\b(insert into|update|delete from|copy|create)\b/i;
const notCounted = /ops\.(lease|process|take_lease|renew_lease)\b/i;

let asked: Asked | undefined;
let writes: string[] = [];
let dying: NodeJS.Timeout | undefined;
let stopping = new AbortController();

const noteWrite = (what: string): void => {
  writes.push(what.replaceAll(/\s+/g, ' ').trim().slice(0, 160));
  if (asked?.killAt !== writes.length) return;
  const { isStopped } = asked;
  const die = () => (isStopped ? stopping.abort(new Error('stopped by SIGINT')) : process.kill(process.pid, 'SIGKILL'));
  if (asked.laterMs === 0) die();
  else dying = setTimeout(die, asked.laterMs);
};

/** Tells of each call of a method before it happens: on what, and with which arguments. */
const before = <Name extends string>(
  prototype: Record<Name, (...given: never[]) => unknown>,
  name: Name,
  tell: (on: object, ...given: readonly unknown[]) => void,
): void => {
  const original = prototype[name] as (...given: unknown[]) => unknown;
  prototype[name] = function (this: object, ...given: unknown[]) {
    tell(this, ...given);
    return original.apply(this, given);
  } as never;
};

/** What each connection has written in its transaction, which counts once, when it is committed. */
const inTransaction = new WeakMap<object, string[]>();
before(pg.Client.prototype as never, 'query', (client, query) => {
  const text = (typeof query === 'string' ? query : ((query as { text?: string }).text ?? '')).trim();
  const written = inTransaction.get(client);
  if (/^(begin|start transaction)/i.test(text)) inTransaction.set(client, []);
  else if (/^(commit|rollback)$/i.test(text)) {
    inTransaction.delete(client);
    if (written !== undefined && written.length > 0 && /^commit/i.test(text)) noteWrite(written.join('; '));
  } else if (writing.test(text) && !notCounted.test(text)) {
    if (written === undefined) noteWrite(text);
    else written.push(text.slice(0, 80));
  }
});
const opened = (Client.prototype as unknown as Record<string, (...given: unknown[]) => { write(): boolean }>)
  .makeBidiStreamRequest!;
Client.prototype.makeBidiStreamRequest = function (this: Client, ...given: unknown[]) {
  const stream = opened.apply(this, given);
  before(stream as never, 'write', () => noteWrite('append'));
  return stream;
} as never;
const require = createRequire(import.meta.url);
for (const driver of ['mongodb', 'mongodb-legacy']) {
  const { Collection } = require(driver) as { Collection: { prototype: never } };
  for (const method of ['updateOne', 'insertOne', 'deleteOne'] as const)
    before(Collection.prototype, method, () => noteWrite(`the old CRM: ${method}`));
}

const jobs = { follow: followLegacy, 'write-back': writeBackJob } as const;

const run = async (command: readonly string[]): Promise<number> => {
  const program = new Command('openhouse').option('--home <folder>').option('--json').exitOverride();
  const context = createContext(program, { signal: stopping.signal, keepsWork: () => {} });
  for (const register of [conflicts, cutover, imports, parity, quarantine]) register(program, context);
  const [first] = command;
  if (first === 'follow' || first === 'write-back') {
    await withWorkspace(context, async (workspace) => {
      const legacy = { ...legacySettings(workspace.config)!, sweepEveryMs: 0, compareEveryMs: 0 };
      // PostgreSQL may need a moment to notice that the process that was killed is gone. While an import seems to run, a look at the
      // old CRM deletes and compares nothing.
      await withImportLease(
        workspace.db,
        stopping.signal,
        () => {},
        async () => {},
      );
      await until(
        `the job ${first}`,
        async () => (await runJob<never, never>(jobs[first] as never, { ...workspace, legacy } as never)).ran,
      );
    });
    return 0;
  }
  await program.parseAsync(command, { from: 'user' });
  return context.exitCode();
};

const printed: string[] = [];
process.stdout.write = ((text: string) => printed.push(text) > 0) as never;
process.stderr.write = process.stdout.write;

process.on('message', (message: Asked) => {
  [asked, writes, printed.length, stopping] = [message, [], 0, new AbortController()];
  Object.assign(process.env, message.env);
  const answer = (code: number) => {
    // It may have ended first: then it goes on to run the next command.
    clearTimeout(dying);
    process.send!({ code, output: printed.join(''), writes } satisfies Ended);
  };
  run(message.command).then(answer, (error: unknown) => {
    printed.push(isUserError(error) ? `${error.code}: ${error.message}` : String((error as Error).stack));
    if (stopping.signal.aborted) return answer(exitCodes.interrupted);
    answer(isUserError(error) ? error.exitCode : 1);
  });
});
process.on('disconnect', () => process.exit());
process.send!('ready');
