import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { FastifyInstance } from 'fastify';
import { checkParts } from '../queries/parts.ts';
import { guard } from './access/gate.ts';
import { logInPages } from './access/log-in.ts';
import { asksForLogIn, isLoopback } from './access/reach.ts';
import type { ConsoleDeps, WatchedPage } from './deps.ts';
import { createApp, explainErrors, type Listening, listen, serveAssets } from './http.ts';
import { createHealth, type Health } from './monitoring/health.ts';
import { createMetrics } from './monitoring/metrics.ts';
import { agentActions } from './pages/agents/actions.ts';
import { agentPage } from './pages/agents/agent.ts';
import { agentsPage } from './pages/agents/list.ts';
import { fairnessPage } from './pages/fairness.ts';
import { findPage } from './pages/find.ts';
import { historyPages } from './pages/history.ts';
import { leadActions } from './pages/leads/actions.ts';
import { captureLeadPage } from './pages/leads/capture.ts';
import { leadPage } from './pages/leads/lead.ts';
import { leadsPage } from './pages/leads/list.ts';
import { offersPage } from './pages/offers.ts';
import { conflictPage } from './pages/old-crm/conflicts/conflict.ts';
import { decidePages } from './pages/old-crm/conflicts/decide.ts';
import { conflictsPage } from './pages/old-crm/conflicts/list.ts';
import { deletionsPage } from './pages/old-crm/deletions.ts';
import { ownershipPage } from './pages/old-crm/ownership.ts';
import { quarantineEntryPages } from './pages/old-crm/quarantine/entry.ts';
import { quarantinePage } from './pages/old-crm/quarantine/list.ts';
import { onHoldPage } from './pages/on-hold.ts';
import { outboxPages } from './pages/outbox.ts';
import { overviewPage } from './pages/overview.ts';
import { slackPages } from './pages/slack.ts';
import { createRender } from './rendering/render.ts';
import { currentVisit } from './visit.ts';

export type { ConsoleDeps } from './deps.ts';

/**
 * Serves the console until it is closed. Its pages contain personal data: as soon as other machines can reach it, it asks for a
 * log-in, whatever host name a request gives.
 *
 * @param options.port 0 for any free one
 * @throws UserError when the port is in use or may not be used
 */
export const startConsole = async (
  deps: ConsoleDeps,
  options: { readonly port: number; readonly host?: string },
): Promise<Listening> => {
  const { port, host = '127.0.0.1' } = options;
  const app = await createApp(deps);
  const page: WatchedPage = { deps, render: createRender(deps.config), readHealth: createHealth(deps) };
  const asks = asksForLogIn(deps.config, host);

  if (!asks) answerOnlyToLoopback(app);
  await guard(app, deps, asks);
  await serveAssets(app);
  await serveHtmx(app);
  explainErrors(app, deps, (title, message, hint) => {
    const view = asks && !currentVisit.getStore()?.userName ? 'public/problem' : 'problem';
    return page.render(view, { title, path: '' }, { message, hint });
  });

  if (asks) await logInPages(app, page);
  overviewPage(app, page);
  leadsPage(app, page);
  captureLeadPage(app, page);
  leadPage(app, page);
  leadActions(app, page);
  offersPage(app, page);
  fairnessPage(app, page);
  agentsPage(app, page);
  agentPage(app, page);
  agentActions(app, page);
  outboxPages(app, page);
  onHoldPage(app, page);
  slackPages(app, page);
  quarantinePage(app, page);
  quarantineEntryPages(app, page);
  conflictsPage(app, page);
  conflictPage(app, page);
  decidePages(app, page);
  deletionsPage(app, page);
  ownershipPage(app, page);
  findPage(app, page);
  historyPages(app, page);
  machinePages(app, page);
  return await listen(app, { port, host, settings: '--port, or with OPENHOUSE_CONSOLE_PORT' });
};

/**
 * Without a log-in, a website whose name suddenly means 127.0.0.1 (DNS rebinding) could read everything through a visitor's
 * browser. The browser sends the website's name, and such requests are refused.
 */
const answerOnlyToLoopback = (app: FastifyInstance): void => {
  app.addHook('onRequest', async (request, reply) => {
    if (isLoopback(request.hostname)) return;
    const hint = 'Set OPENHOUSE_CONSOLE_URL to the address that people use; it then asks for a log-in.';
    await reply.code(421).type('text/plain').send(`The console does not answer requests for this host name. ${hint}\n`);
  });
};

const serveHtmx = async (app: FastifyInstance): Promise<void> => {
  const htmx = await readFile(createRequire(import.meta.url).resolve('htmx.org/dist/htmx.min.js'));
  app.get('/assets/htmx.min.js', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=60').type('text/javascript').send(htmx),
  );
};

/**
 * For machines: `/health` (every condition that holds), `/metrics`, and for containers `/health/live` (fails when the process must be
 * restarted) and `/health/ready` (fails when it must not get requests because a server it needs does not answer).
 */
const machinePages = (app: FastifyInstance, { deps, readHealth }: WatchedPage): void => {
  const metrics = createMetrics(deps, readHealth);
  app.get('/health', async (_request, reply) => {
    const health: Health = await readHealth();
    return await reply.code(health.status === 'down' ? 503 : 200).send(health);
  });
  app.get('/health/live', async () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    const { postgres, eventStore } = await checkParts(deps);
    const ready = postgres.working && eventStore.working;
    return await reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? 'ready' : 'not ready', parts: [postgres, eventStore] });
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()));
};
