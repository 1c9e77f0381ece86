import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Program, programArguments } from './bundle.ts';

export const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

/** The environment of a user who has not configured anything. */
export function plainEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const configured = /^(OPENHOUSE_|DATABASE_URL|EVENTSTORE_URL|MONGO_URL|POSTMARK_|SLACK_|SENTRY_|NODE_TEST_CONTEXT)/;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !configured.test(name))), ...extra };
}

export type Finished = { code: number | null; stdout: string; stderr: string };

/** Starts `openhouse`. */
export function startOpenhouse(args: readonly string[], options: OpenhouseOptions = {}): ChildProcess {
  const { extraEnv, asInstalled, ...spawnOptions } = options;
  const program = asInstalled
    ? [`${projectFolder}/bin/openhouse`]
    : programArguments('tests/support/scripts/openhouse.ts');
  return spawn(process.execPath, [...program, ...args], {
    env: plainEnvironment(extraEnv),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...spawnOptions,
  });
}

export type OpenhouseOptions = SpawnOptions & {
  readonly extraEnv?: Record<string, string>;
  /** `bin/openhouse` itself, which compiles its sources as it starts: takes several times as long. */
  readonly asInstalled?: boolean;
};

/** Runs `openhouse` and waits until it exits. */
export const openhouse = (args: readonly string[], options?: OpenhouseOptions): Promise<Finished> =>
  finished(startOpenhouse(args, options));

export async function finished(child: ChildProcess): Promise<Finished> {
  const read = (stream: NodeJS.ReadableStream | null) => {
    let text = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    return () => text;
  };
  const stdout = read(child.stdout);
  const stderr = read(child.stderr);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout: stdout(), stderr: stderr() };
}

/** Starts a program in a separate process; its stdin stays open. */
export function startScript(program: Program, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  return spawn(process.execPath, [...programArguments(program), ...args], {
    env: plainEnvironment(),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...options,
  });
}

export async function firstLine(child: ChildProcess): Promise<string> {
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve);
    child.once('exit', (code) => setImmediate(() => reject(new Error(`ended with ${code} and printed: ${said}`))));
  });
}
