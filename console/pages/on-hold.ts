import type { FastifyInstance } from 'fastify';
import { readHeldSearches } from '../../queries/leads/lead-facts.ts';
import type { Page } from '../deps.ts';

const shown = 200;

/** `/on-hold`: the saved searches for which nothing is sent until someone corrects them, each with what was not understood. */
export const onHoldPage = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get('/on-hold', async (_request, reply) => {
    const searches = await readHeldSearches(deps.db, shown + 1);
    const view = { searches: searches.slice(0, shown), more: searches.length > shown };
    return await reply
      .type('text/html')
      .send(render('on-hold', { title: 'Saved searches on hold', path: '/on-hold' }, view));
  });
};
