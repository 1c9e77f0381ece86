import type { FastifyInstance } from 'fastify';
import { readLeadsWithoutAgent } from '../../queries/leads/leads.ts';
import type { Page } from '../deps.ts';

/** `/leads`: leads without an agent, and why. */
export const leadsPage = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get('/leads', async (_request, reply) => {
    const leads = await readLeadsWithoutAgent(deps.db);
    return await reply
      .type('text/html')
      .send(render('leads', { title: 'Leads without an agent', path: '/leads' }, leads));
  });
};
