import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { leadStages } from '../../../domain/lead/fields.ts';
import { listAgents } from '../../../queries/agents/agent-names.ts';
import { type LeadListStatus, leadListStatuses, unclearStage } from '../../../queries/leads/lead-status.ts';
import {
  countLeads,
  type LeadCounts,
  type LeadFilter,
  leadOrders,
  listLeads,
  noSource,
  totalOf,
} from '../../../queries/leads/list-leads.ts';
import { whyNoAgent } from '../../../queries/leads/why-no-agent.ts';
import type { Page } from '../../deps.ts';
import { pathWith } from '../../rendering/paths.ts';
import { judgedNow } from '../judged-now.ts';

const word = z.string().trim().min(1).max(320).optional().catch(undefined);
const querySchema = z.object({
  q: word,
  status: z.enum(leadListStatuses).optional().catch(undefined),
  stage: word,
  agent: word,
  source: word,
  area: word,
  overdue: z.literal('yes').optional().catch(undefined),
  order: z.enum(leadOrders).optional().catch(undefined),
  after: z.string().max(300).optional().catch(undefined),
});
type Query = z.infer<typeof querySchema>;

const pageSize = 50;

export const statusLabels: Readonly<Record<LeadListStatus, string>> = {
  waiting: 'No agent',
  offered: 'On offer',
  assigned: 'Has an agent',
  closed: 'Closed',
};

const filterOf = ({ q, status, stage, agent, source, area, overdue }: Query): LeadFilter => ({
  text: q,
  status,
  stage,
  memberKey: agent,
  source,
  area,
  overdue: overdue === 'yes',
});

/** `/leads`: all leads, with search, filters and counts; each count leads to the rows that it counts. */
export const leadsPage = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get('/leads', async (request, reply) => {
    const { after, ...query } = querySchema.parse(request.query);
    const filter = filterOf(query);
    const judged = await judgedNow(deps);
    const order = query.order ?? (query.overdue === 'yes' || query.status === 'offered' ? 'due' : 'newest');
    const [{ rows, next }, counts, agents] = await Promise.all([
      listLeads(deps.db, filter, judged, { limit: pageSize, order, after }),
      countLeads(deps.db, filter, judged),
      listAgents(deps.db),
    ]);
    const filtered = [query.q, query.agent, query.stage, query.source, query.area].some((one) => one !== undefined);
    const waiting = rows.filter(({ status }) => status === 'waiting').map(({ contactKey }) => contactKey);
    const href = (changes: Readonly<Record<string, string | undefined>>) =>
      pathWith('/leads', { ...query, ...changes });
    return await reply.type('text/html').send(
      render(
        'leads/list',
        { title: 'Leads', path: '/leads' },
        {
          rows,
          query,
          order,
          agents,
          statusLabels,
          tabs: tabsOf(query, counts, href),
          stages: [...leadStages, unclearStage]
            .map((name) => ({ name, count: totalOf(counts, { ...filter, stage: name }) }))
            .filter(({ name, count }) => count > 0 || name === query.stage)
            .map((stage) => ({ ...stage, href: href({ stage: stage.name === query.stage ? undefined : stage.name }) })),
          sources: sourcesOf(counts, filter),
          total: totalOf(counts, filter),
          why: await whyNoAgent(deps.db, waiting),
          now: judged.now,
          unfiltered: filtered
            ? href({ q: undefined, agent: undefined, stage: undefined, source: undefined, area: undefined })
            : null,
          nextPage: next === null ? null : href({ after: next }),
          firstPage: after === undefined ? null : href({}),
        },
      ),
    );
  });
};

type Tab = { readonly name: string; readonly href: string; readonly count: number; readonly current: boolean };

const tabsOf = (
  query: Query,
  counts: LeadCounts,
  href: (changes: Readonly<Record<string, string | undefined>>) => string,
): readonly Tab[] => {
  const late = query.overdue === 'yes';
  const tab = (name: string, status: LeadListStatus | undefined, overdue = false): Tab => ({
    name,
    href: href({ status, overdue: overdue ? 'yes' : undefined, order: undefined }),
    count: totalOf(counts, { ...filterOf(query), status, overdue }),
    current: query.status === status && late === overdue,
  });
  return [
    tab('All', undefined),
    ...leadListStatuses.map((status) => tab(statusLabels[status], status)),
    tab('Overdue', undefined, true),
  ];
};

const sourcesOf = (counts: LeadCounts, filter: LeadFilter) =>
  [...new Set(counts.map(({ source }) => source))]
    .map((name) => ({
      name,
      label: name === noSource ? 'not known' : name,
      count: totalOf(counts, { ...filter, source: name }),
    }))
    .sort((one, other) => other.count - one.count || one.name.localeCompare(other.name));
