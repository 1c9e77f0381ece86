import { slackEndpoints } from '../slack/endpoints.ts';
import type { ConsoleDeps, Page } from './deps.ts';
import { createApp, explainErrors, type Listening, listen, serveAssets } from './http.ts';
import { leadIntake } from './pages/leads/intake.ts';
import { postmarkWebhook } from './pages/postmark.ts';
import { publicPages } from './pages/public.ts';
import { createRender } from './rendering/render.ts';

/**
 * Serves the pages that links in e-mails lead to, and the endpoints that Slack and Postmark call, until it is closed. It is a
 * listener of its own, so that anyone who can reach it can reach only these pages and not the console.
 *
 * @param options.onSlackRequest called with the id of each request of Slack that was kept
 * @param options.port 0 for any free one
 * @throws UserError when the port is in use or may not be used
 */
export const startPublicPages = async (
  deps: ConsoleDeps,
  {
    port,
    host = '127.0.0.1',
    onSlackRequest = () => {},
  }: { readonly port: number; readonly host?: string; readonly onSlackRequest?: (slackRequestId: string) => void },
): Promise<Listening> => {
  // The pictures of homes are where the MLS keeps them.
  const app = await createApp(deps, { images: ['https:', 'http:'] });
  const page: Page = { deps, render: createRender(deps.config) };
  await serveAssets(app);
  explainErrors(app, deps, (title, message, hint) =>
    page.render('public/problem', { title, path: '' }, { message, hint }),
  );
  await leadIntake(app, page);
  await postmarkWebhook(app, page);
  publicPages(app, page);
  await slackEndpoints(app, deps, onSlackRequest);
  return await listen(app, { port, host, settings: 'OPENHOUSE_PUBLIC_PORT' });
};
