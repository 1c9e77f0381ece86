import { type ChildProcess, spawn } from 'node:child_process';
import { programArguments } from '../bundle.ts';
import { projectFolder } from '../command.ts';
import type { Answer, Order, Start } from '../scripts/event-stores.ts';

type Pending = { resolve(answer: Answer): void; reject(error: Error): void };

let child: ChildProcess | undefined;
let lastId = 0;
const pending = new Map<number, Pending>();

/**
 * Starts an event store in the process that has all of this process's stores: to start a process for each took a tenth of a
 * test run's processor time.
 *
 * @returns its port
 */
export const startSharedEventStore = async (start: Start): Promise<number> => {
  child ??= startProcess();
  const { port } = await order(child, { start });
  return port!;
};

export const closeSharedEventStore = async (port: number): Promise<void> => {
  if (child !== undefined) await order(child, { close: port });
};

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

const order = (child: ChildProcess, what: WithoutId<Order>): Promise<Answer> => {
  const id = ++lastId;
  // While an answer is awaited, it keeps this process alive.
  child.channel?.ref();
  return new Promise<Answer>((resolve, reject) => {
    pending.set(id, { resolve, reject });
    child.send({ id, ...what } satisfies Order);
  }).finally(() => {
    if (pending.size === 0) child.channel?.unref();
  });
};

const startProcess = (): ChildProcess => {
  const started = spawn(process.execPath, programArguments('tests/support/scripts/event-stores.ts'), {
    cwd: projectFolder,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // NODE_TEST_CONTEXT would make it write the test runner's protocol to stdout.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  started.on('message', (answer: Answer) => {
    const { resolve, reject } = pending.get(answer.id)!;
    pending.delete(answer.id);
    if (answer.error === undefined) resolve(answer);
    else reject(new Error(`the event store did not start or close: ${answer.error}`));
  });
  started.once('exit', (code, signal) => {
    child = undefined;
    for (const { reject } of pending.values()) reject(new Error(`the event stores ended: ${signal ?? code}`));
    pending.clear();
  });
  started.unref();
  return started;
};
