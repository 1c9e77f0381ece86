import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { sql } from 'kysely';
import { changeOwnership } from '../../../../commands/ownership/change-ownership.ts';
import { programArguments } from '../../../support/bundle.ts';
import { plainEnvironment } from '../../../support/command.ts';
import type { TestMongo } from '../../../support/mongo/start-mongo.ts';
import { sharedMongo } from '../../../support/mongo-server.ts';
import type { Documents } from '../../support/dump.ts';
import { byPerson, type TestImporter, testImporter } from '../../support/importer.ts';
import { type Command, intercepting, type Trouble } from '../../support/intercepting.ts';
import { insert } from '../../support/live.ts';
import type { Did, Round } from './beside.ts';

/** A process that runs rounds for all seeds, until one of them kills it. */
export const besideProcess = () => {
  let child: ChildProcess | undefined;
  let said: AsyncIterator<string> | undefined;
  const start = async () => {
    child = spawn(process.execPath, programArguments('tests/importers/owned/simulation/beside.ts'), {
      env: plainEnvironment(),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin!.on('error', () => {}); // killed while it is given a round
    said = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    await said.next();
  };
  return {
    /** @returns what it did, or `undefined` if it was killed before it was done */
    async run(round: Round): Promise<Did | undefined> {
      if (child === undefined) await start();
      child!.stdin!.write(`${JSON.stringify(round)}\n`);
      const { value, done } = await said!.next();
      return done === true ? undefined : (JSON.parse(value) as Did);
    },
    kill() {
      child?.kill('SIGKILL');
    },
    /** Until it is dead, what it began may go on. */
    async ended() {
      if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      child = undefined;
    },
    async close() {
      child?.stdin?.end();
      await this.ended();
    },
  };
};
export type BesideProcess = ReturnType<typeof besideProcess>;

/** What goes wrong in a round: `at` the so manieth command to the old CRM's database. */
export type Fault = {
  readonly at: number;
  /** An `edit` is what somebody does there just before that command, and a `decision` what somebody decides here. */
  readonly kind: 'kill' | 'kill after' | 'hang up' | 'hang up after' | 'edit' | 'decision';
  /** Which commands count; all by default. */
  readonly only?: 'writes';
};

/** openhouse beside an old CRM with these documents: both sides' clocks are wrong, and everything can break. */
export type World = TestImporter & {
  readonly mongo: TestMongo;
  /** Runs a round; a fault may kill it. @returns what it did, or `undefined` if it was killed */
  round(options: {
    readonly thorough: boolean;
    readonly feed?: boolean;
    readonly fault?: Fault;
    readonly edit?: () => Promise<void>;
    readonly decide?: () => Promise<void>;
  }): Promise<Did | undefined>;
  /** The commands that changed the old CRM's documents, so far. */
  writes(): number;
  /** What waits for its next attempt is tried by the next round. */
  timePasses(): Promise<void>;
};

const isWrite = (command: Command): boolean => 'update' in command || 'insert' in command || 'delete' in command;

export const openWorld = async (
  t: TestContext,
  beside: BesideProcess,
  documents: Documents,
  clockAheadMs: number,
): Promise<World> => {
  const mongo = await sharedMongo();
  await insert(mongo, documents);
  const importer = await testImporter(t);
  let [writes, seen] = [0, 0];
  let fault: (Fault & { readonly does: () => Promise<void> }) | undefined;
  const trouble = async (command: Command): Promise<Trouble> => {
    if (isWrite(command)) writes++;
    if (fault === undefined || 'hello' in command || 'ismaster' in command || 'endSessions' in command)
      return undefined;
    if (fault.only === 'writes' && !isWrite(command)) return undefined;
    if (++seen !== fault.at) return undefined;
    const { kind } = fault;
    await fault.does();
    if (kind === 'edit' || kind === 'decision') return undefined;
    if (kind === 'hang up' || kind === 'hang up after') return kind;
    beside.kill();
    return kind === 'kill' ? 'hang up' : undefined;
  };
  const mongoUrl = await intercepting(t, mongo.url, trouble);
  const { databaseUrl, eventStoreUrl, db, store } = importer;
  const world: World = Object.assign(importer, {
    mongo,
    round: async (options: Parameters<World['round']>[0]) => {
      seen = 0;
      const deeds = { edit: options.edit, decision: options.decide } as Partial<
        Record<Fault['kind'], () => Promise<void>>
      >;
      const does = (options.fault && deeds[options.fault.kind]) ?? (async () => {});
      fault = options.fault === undefined ? undefined : { ...options.fault, does };
      const { thorough, feed = false } = options;
      const did = await beside.run({ databaseUrl, eventStoreUrl, mongoUrl, clockAheadMs, thorough, feed });
      fault = undefined;
      if (did === undefined) await beside.ended();
      return did;
    },
    writes: () => writes,
    timePasses: async () => {
      await sql`update ops.write_back set next_attempt_at = clock_timestamp() - interval '1 s' where state = 'due'`.execute(
        db,
      );
    },
  });
  await world.round({ thorough: true });
  for (const type of ['listing', 'lead'] as const) await changeOwnership(store, type, 'openhouse', byPerson);
  return world;
};
