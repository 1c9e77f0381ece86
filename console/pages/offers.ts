import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { countLeads, listLeads, totalOf } from '../../queries/leads/list-leads.ts';
import { countOffersByAgent } from '../../queries/leads/offers-by-agent.ts';
import type { Page } from '../deps.ts';
import { pathWith } from '../rendering/paths.ts';
import { judgedNow } from './judged-now.ts';

const querySchema = z.object({
  agent: z.string().trim().min(1).max(200).optional().catch(undefined),
  overdue: z.literal('yes').optional().catch(undefined),
  after: z.string().max(300).optional().catch(undefined),
});
const pageSize = 50;

/** `/offers`: the leads that are on offer, the most urgent first, and to whom. */
export const offersPage = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get('/offers', async (request, reply) => {
    const { after, ...query } = querySchema.parse(request.query);
    const filter = { status: 'offered', memberKey: query.agent, overdue: query.overdue === 'yes' } as const;
    const judged = await judgedNow(deps);
    const [{ rows, next }, counts, agents] = await Promise.all([
      listLeads(deps.db, filter, judged, { limit: pageSize, order: 'due', after }),
      countLeads(deps.db, filter, judged),
      countOffersByAgent(deps.db, judged.now),
    ]);
    const href = (changes: Readonly<Record<string, string | undefined>>) =>
      pathWith('/offers', { ...query, ...changes });
    const tab = (name: string, overdue: boolean) => ({
      name,
      href: href({ overdue: overdue ? 'yes' : undefined }),
      count: totalOf(counts, { status: 'offered', overdue }),
      current: filter.overdue === overdue,
    });
    return await reply.type('text/html').send(
      render(
        'offers',
        { title: 'Offers', path: '/offers' },
        {
          rows,
          query,
          agents,
          tabs: [tab('All open', false), tab('Overdue', true)],
          agentName: agents.find(({ memberKey }) => memberKey === query.agent)?.name ?? 'this agent',
          agentHref: (memberKey: string, overdue: boolean) =>
            `/offers?${new URLSearchParams({ agent: memberKey, ...(overdue ? { overdue: 'yes' } : {}) })}`,
          everyone: href({ agent: undefined }),
          now: judged.now,
          total: totalOf(counts, filter),
          nextPage: next === null ? null : href({ after: next }),
          firstPage: after === undefined ? null : href({}),
        },
      ),
    );
  });
};
