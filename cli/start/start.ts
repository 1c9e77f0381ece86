import type { Config } from '../../platform/config.ts';
import { exitCodes } from '../../platform/errors.ts';
import { type Registration, registerProcess } from '../../platform/processes/register.ts';
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
      const listeners = onlyOnce ? undefined : await openListeners(opened);
      const workspace = listeners === undefined ? opened : linkingTo(listeners.publicPages.url, opened);
      let registration: Registration | undefined;
      try {
        registration = await registerProcess(opened.db, opened.log, {
          command: onlyOnce ? 'openhouse start --once' : 'openhouse start',
          home: config.home,
          roles: onlyOnce ? [] : ['console', 'read models', 'jobs'],
          consoleUrl: listeners?.console.url ?? null,
        });
        if (listeners !== undefined) await sayWhoMayLogIn(context, workspace);
        const summary = emptySummary();
        const messagesBefore = await countMessages(workspace);
        for (const step of stepsFor(config)) {
          context.signal.throwIfAborted();
          await step({ workspace, summary, say });
        }
        summary.messages = (await countMessages(workspace)) - messagesBefore;
        summary.console = listeners?.console.url ?? null;
        context.print(summary, renderSummary);
        if (summary.problems.length > 0) context.exitWith(exitCodes.needsAttention);
        if (listeners !== undefined) await serve(workspace);
      } finally {
        await registration?.leave();
        await listeners?.close();
      }
    },
    { config },
  );
}

/** The console, and apart from it the pages that links in e-mails lead to. */
async function openListeners(workspace: Workspace): Promise<{
  console: { url: string };
  publicPages: { url: string };
  close(): Promise<void>;
}> {
  const [{ startConsole }, { startPublicPages }] = await Promise.all([
    import('../../console/server.ts'),
    import('../../console/public-server.ts'),
  ]);
  const { consolePort, consoleHost, publicPort, publicHost } = workspace.config;
  const console = await startConsole(workspace, { port: consolePort, host: consoleHost });
  try {
    const publicPages = await startPublicPages(workspace, { port: publicPort, host: publicHost });
    return {
      console,
      publicPages,
      async close() {
        await Promise.all([console.close(), publicPages.close()]);
      },
    };
  } catch (error) {
    await console.close();
    throw error;
  }
}

/** With port 0 only the listener itself knows where it is: links in e-mails lead there. */
function linkingTo(url: string, workspace: Workspace): Workspace {
  const { config } = workspace;
  return new URL(config.baseUrl).port === '0' ? { ...workspace, config: { ...config, baseUrl: url } } : workspace;
}

/** A console that asks for a log-in is of no use before somebody has one. */
async function sayWhoMayLogIn(context: Context, { config, db }: Workspace): Promise<void> {
  const { asksForLogIn } = await import('../../console/access/reach.ts');
  if (!asksForLogIn(config, config.consoleHost)) return;
  const { hasUsers } = await import('../../console/access/users.ts');
  if (await hasUsers(db)) return;
  context.say('The console asks for a log-in, and nobody has one yet: run `openhouse users add <name>`.');
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
