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
    async (opened) => {
      const say = (text: string) => context.say(`${text}…`);
      // First of all, so that a port in use is told at once, and one can watch the rest.
      const console = onlyOnce ? undefined : await openConsole(opened);
      const workspace = console === undefined ? opened : linkingTo(console.url, opened);
      try {
        const summary = emptySummary();
        const messagesBefore = await countMessages(workspace);
        for (const step of stepsFor(config)) {
          context.signal.throwIfAborted();
          await step({ workspace, summary, say });
        }
        summary.messages = (await countMessages(workspace)) - messagesBefore;
        summary.console = console?.url ?? null;
        context.print(summary, renderSummary);
        if (summary.problems.length > 0) context.exitWith(exitCodes.needsAttention);
        if (console !== undefined) await serve(workspace);
      } finally {
        await console?.close();
      }
    },
    { config },
  );
}

async function openConsole(workspace: Workspace): Promise<{ url: string; close(): Promise<void> }> {
  const { startConsole } = await import('../../console/server.ts');
  const { consolePort: port, consoleHost: host } = workspace.config;
  return await startConsole(workspace, { port, host });
}

/** With `--port 0` only the console itself knows where it is: links in e-mails lead there. */
function linkingTo(url: string, workspace: Workspace): Workspace {
  const { config } = workspace;
  return config.consolePort === 0 ? { ...workspace, config: { ...config, baseUrl: url } } : workspace;
}

/** Keeps read models, alerts, offers and deliveries going until Ctrl-C. */
async function serve(workspace: Workspace): Promise<void> {
  const [{ runProjections }, { startSchedulers }, { openTransports }] = await Promise.all([
    import('../../projections/index.ts'),
    import('../../schedulers/start-schedulers.ts'),
    import('../../delivery/transports.ts'),
  ]);
  const { db, config } = workspace;
  const transports = await openTransports(db, config);
  // Should one of the two fail for good, the other one stops too, and the failure is told.
  const failed = new AbortController();
  const signal = AbortSignal.any([workspace.signal, failed.signal]);
  const jobs = { ...workspace, transports, signal, baseUrl: config.baseUrl, timeZone: config.timeZone };
  const parts = [runProjections(workspace, { signal }), startSchedulers(jobs, { signal })];
  for (const part of parts) part.catch(() => failed.abort());
  try {
    await Promise.all(parts);
  } finally {
    await Promise.allSettled(parts);
    await transports.close();
  }
}
