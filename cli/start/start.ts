import { once } from 'node:events';
import type { Config } from '../../platform/config.ts';
import { exitCodes } from '../../platform/errors.ts';
import type { Context } from '../context.ts';
import { type Workspace, withWorkspace } from '../workspace.ts';
import { stepsFor } from './steps.ts';
import { renderSummary } from './summary.ts';
import { countMessages, emptySummary } from './work.ts';

/** The main job, a summary of it, and unless `onlyOnce` the console and the jobs until Ctrl-C. */
export async function start(context: Context, config: Config, onlyOnce: boolean): Promise<void> {
  await withWorkspace(
    context,
    async (workspace) => {
      const say = (text: string) => context.say(`${text}…`);
      const summary = emptySummary();
      const messagesBefore = await countMessages(workspace);
      for (const step of stepsFor(config)) {
        context.signal.throwIfAborted();
        await step({ workspace, summary, say });
      }
      summary.messages = (await countMessages(workspace)) - messagesBefore;
      context.print(summary, renderSummary);
      if (summary.problems.length > 0) context.exitWith(exitCodes.needsAttention);
      if (!onlyOnce) await serve(workspace);
    },
    { config },
  );
}

/** Keeps read models and jobs going until Ctrl-C. */
async function serve(workspace: Workspace): Promise<void> {
  const { runProjections } = await import('../../projections/index.ts');
  const { signal } = workspace;
  const projections = runProjections(workspace, { signal });
  if (!signal.aborted) await once(signal, 'abort');
  await projections;
}
