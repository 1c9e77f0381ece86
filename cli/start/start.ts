import type { OpenTransports } from '../../delivery/sending/transports.ts';
import type { Config } from '../../platform/config/config.ts';
import { endTogether } from '../../platform/end-together.ts';
import { exitCodes } from '../../platform/errors.ts';
import { type Registration, registerProcess } from '../../platform/processes/register.ts';
import type { Context } from '../context.ts';
import { legacySettings } from '../legacy-settings.ts';
import { type Workspace, withWorkspace } from '../workspace.ts';
import { stepsFor } from './steps.ts';
import { renderSummary } from './summary.ts';
import { countMessages, emptySummary } from './work.ts';

/** Runs the main job and prints a summary; unless `onlyOnce`, also serves the console and runs the jobs until Ctrl-C. */
export async function start(context: Context, config: Config, onlyOnce: boolean): Promise<void> {
  context.keepsWork();
  await withWorkspace(
    context,
    async (opened) => {
      const say = (text: string) => context.say(`${text}…`);
      // First, so that a port in use is reported at once, and the console shows the progress of the rest.
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
        if (listeners !== undefined) await serve(workspace, listeners.transports);
      } finally {
        await registration?.leave();
        await listeners?.close();
      }
    },
    { config },
  );
}

type Listeners = {
  readonly console: { readonly url: string };
  readonly publicPages: { readonly url: string };
  readonly transports: OpenTransports;
  close(): Promise<void>;
};

/** The console and, separately, the pages that links in e-mails lead to, with the endpoints that Slack calls. */
async function openListeners(workspace: Workspace): Promise<Listeners> {
  const [{ startConsole }, { startPublicPages }, { openTransports }, { startSlackWorker }, { signingSecret }] =
    await Promise.all([
      import('../../console/server.ts'),
      import('../../console/public-server.ts'),
      import('../../delivery/sending/transports.ts'),
      import('../../slack/worker.ts'),
      import('../../slack/signing-secret.ts'),
    ]);
  const { consolePort, consoleHost, publicPort, publicHost } = workspace.config;
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const part of opened.reverse()) await part.close();
  };
  try {
    const transports = await openTransports(workspace.db, workspace.config);
    opened.push(transports);
    const worker = startSlackWorker({ ...workspace, slackApi: transports.slackApi });
    opened.push(worker);
    const publicPages = await startPublicPages(workspace, {
      port: publicPort,
      host: publicHost,
      onSlackRequest: worker.onKept,
    });
    opened.push(publicPages);
    const { previewAnswerUrl } = transports;
    const slackPreview =
      previewAnswerUrl === null
        ? {}
        : {
            slackPreview: {
              endpointsUrl: publicPages.url,
              signingSecret: await signingSecret(workspace.db, workspace.config),
              answerUrl: previewAnswerUrl,
            },
          };
    const console = await startConsole({ ...workspace, ...slackPreview }, { port: consolePort, host: consoleHost });
    opened.push(console);
    return { console, publicPages, transports, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** With port 0, only the listener knows the address that links in e-mails must lead to. */
function linkingTo(url: string, workspace: Workspace): Workspace {
  const { config } = workspace;
  return new URL(config.baseUrl).port === '0' ? { ...workspace, config: { ...config, baseUrl: url } } : workspace;
}

/** A console that asks for a log-in is useless until someone has one. */
async function sayWhoMayLogIn(context: Context, { config, db }: Workspace): Promise<void> {
  const { asksForLogIn } = await import('../../console/access/reach.ts');
  if (!asksForLogIn(config, config.consoleHost)) return;
  const { hasUsers } = await import('../../console/access/users.ts');
  if (await hasUsers(db)) return;
  context.say('The console asks for a log-in, but no one has one yet. Run `openhouse users add <name>`.');
}

/** Feeds the read models, runs the jobs and sends messages until Ctrl-C. */
async function serve(workspace: Workspace, transports: OpenTransports): Promise<void> {
  const [{ runProjections }, { startSchedulers }, { footerOf }] = await Promise.all([
    import('../../projections/index.ts'),
    import('../../schedulers/running/start-schedulers.ts'),
    import('../../delivery/email/footer.ts'),
  ]);
  const { config } = workspace;
  // If one of the two fails for good, stop the other one too and report the failure.
  const failed = new AbortController();
  const signal = AbortSignal.any([workspace.signal, failed.signal]);
  const { baseUrl, timeZone } = config;
  const jobs = {
    ...workspace,
    transports,
    signal,
    baseUrl,
    footer: footerOf(config),
    timeZone,
    legacy: legacySettings(config),
  };
  const parts = [runProjections(workspace, { signal }), startSchedulers(jobs, { signal })];
  await endTogether(parts, () => failed.abort());
}
