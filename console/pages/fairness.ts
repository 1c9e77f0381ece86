import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ifThere } from '../../queries/if-there.ts';
import { type OfferShare, readFairness } from '../../queries/leads/fairness.ts';
import type { Page } from '../deps.ts';

const spans = { '7': '7 days', '30': '30 days', '90': '90 days', '365': 'a year' } as const;
const date = z.iso.date().optional().catch(undefined);
const querySchema = z.object({ days: z.enum(['7', '30', '90', '365']).catch('90'), since: date, until: date });

const dayMs = 24 * 3_600_000;

/** `/fairness`: how offers were shared in a period, as charts: what `openhouse leads fairness` prints. */
export const fairnessPage = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get('/fairness', async (request, reply) => {
    const { days, since, until } = querySchema.parse(request.query);
    const now = deps.clock.now();
    const end = until === undefined ? now : new Date(until);
    const start = since === undefined ? new Date(end.getTime() - Number(days) * dayMs) : new Date(since);
    const problem = start < end ? null : 'The first day must be before the last one.';
    const empty = { agents: [], offices: [] };
    const { agents, offices } =
      problem === null ? await ifThere(readFairness(deps.db, { since: start, until: end }), empty) : empty;
    return await reply.type('text/html').send(
      render(
        'fairness',
        { title: 'Fairness', path: '/fairness' },
        {
          spans: Object.entries(spans).map(([value, name]) => ({
            name,
            href: `/fairness?days=${value}`,
            current: since === undefined && until === undefined && days === value,
          })),
          since: start,
          until: end,
          given: { since, until },
          problem,
          charts: [
            chartOf('agents', 'By agent', agents),
            ...(offices.some(({ key }) => key !== null) ? [chartOf('offices', 'By office', offices)] : []),
          ],
          total: agents.reduce((sum, { offers }) => sum + offers, 0),
          parts,
        },
      ),
    );
  });
};

/** The outcomes of offers, in the order in which bars show them. */
const parts = [
  { name: 'accepted', label: 'Accepted' },
  { name: 'passed', label: 'Passed' },
  { name: 'expired', label: 'Expired' },
  { name: 'taken', label: 'Taken by a faster agent' },
  { name: 'ended', label: 'Ended otherwise' },
  { name: 'open', label: 'Open' },
] as const;

/** The rows of a chart, with what its bars are measured by. */
const chartOf = (name: 'agents' | 'offices', title: string, rows: readonly OfferShare[]) => ({
  name,
  title,
  mostOffers: Math.max(0, ...rows.map(({ offers }) => offers)),
  mostMinutes: Math.max(0, ...rows.map(({ minutesToClaim }) => minutesToClaim ?? 0)),
  equal: rows.length === 0 ? 0 : 1 / rows.length,
  rows: rows.map((row) => ({
    ...row,
    bars: parts.map(({ name, label }) => ({ name, label: `${label}: ${row[name]}`, value: row[name] })),
  })),
});
