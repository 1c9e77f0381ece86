import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { programArguments } from '../../support/bundle.ts';
import { plainEnvironment } from '../../support/command.ts';
import type { Asked, Ended } from './commands.ts';

/** A process that runs commands until one of them kills it; the next one is started meanwhile. */
export const commandProcess = () => {
  let next: Promise<ChildProcess> | undefined;
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, programArguments('tests/importers/killed/commands.ts'), {
      env: plainEnvironment(),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return child;
  };
  return {
    /** @returns how it ended, or `undefined` if it was killed */
    async run(asked: Asked): Promise<Ended | undefined> {
      const child = await (next ?? start());
      next = undefined;
      // While this one runs into its death, the next one starts.
      if (asked.killAt !== null) next = start();
      child.send(asked);
      const ended = new AbortController();
      const { signal } = ended;
      const [answer] = (await Promise.race([once(child, 'message', { signal }), once(child, 'exit', { signal })])) as [
        Ended | number | null,
      ];
      ended.abort();
      if (answer === null || typeof answer === 'number') return undefined;
      if (next === undefined) next = Promise.resolve(child);
      else {
        const spare = await next;
        spare.disconnect();
        next = Promise.resolve(child);
      }
      return answer;
    },
    async close(): Promise<void> {
      (await next)?.disconnect();
    },
  };
};
export type CommandProcess = ReturnType<typeof commandProcess>;
