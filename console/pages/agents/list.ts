import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type AgentAtWork, readAgentsAtWork } from '../../../queries/agents/agents-at-work.ts';
import { pauseInWords } from '../../../queries/agents/pause-in-words.ts';
import { ifThere } from '../../../queries/if-there.ts';
import type { Page } from '../../deps.ts';
import { momentInWords } from '../../rendering/moment-in-words.ts';
import { judgedNow } from '../judged-now.ts';
import { type Presence, presenceOf } from './presence.ts';

const shows = ['agents', 'working', 'paused', 'staff', 'left'] as const;
const sorts = ['name', 'leads', 'offers', 'overdue', 'answers', 'share'] as const;
const querySchema = z.object({
  q: z.string().trim().max(200).catch(''),
  show: z.enum(shows).catch('agents'),
  sort: z.enum(sorts).catch('name'),
});

type Listed = AgentAtWork & { readonly presence: Presence; readonly pause: string | null };

const isShown: Readonly<Record<(typeof shows)[number], (kind: Presence['kind']) => boolean>> = {
  agents: (kind) => kind !== 'left' && kind !== 'staff',
  working: (kind) => kind === 'working',
  paused: (kind) => kind === 'away',
  staff: (kind) => kind === 'staff',
  left: (kind) => kind === 'left',
};
const labels: Readonly<Record<(typeof shows)[number], string>> = {
  agents: 'All agents',
  working: 'Available now',
  paused: 'Paused',
  staff: 'Staff',
  left: 'Left',
};

/** What an agent is sorted by; the greatest comes first. */
const weightOf: Readonly<Record<Exclude<(typeof sorts)[number], 'name'>, (agent: AgentAtWork) => number>> = {
  leads: ({ openLeads }) => openLeads,
  offers: ({ openOffers }) => openOffers,
  overdue: ({ overdue }) => overdue,
  answers: ({ answerMinutes }) => answerMinutes ?? -1,
  share: ({ share30 }) => share30,
};

/** `/agents`: who works here, with how much, and who gets offers now. */
export const agentsPage = (app: FastifyInstance, { deps, render }: Page): void => {
  app.get('/agents', async (request, reply) => {
    const query = querySchema.parse(request.query);
    const judged = await judgedNow(deps);
    const { timeZone } = deps.config;
    const rows = await ifThere(readAgentsAtWork(deps.db, judged), []);
    const listed = rows.map(
      (agent): Listed => ({
        ...agent,
        presence: presenceOf(agent, judged.now, timeZone),
        pause: pauseInWords(agent, judged.now, timeZone, momentInWords(timeZone)),
      }),
    );
    const wanted = query.q.toLowerCase();
    const matching = listed.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(wanted));
    const shown = matching.filter(({ presence }) => isShown[query.show](presence.kind));
    const { sort } = query;
    const agents =
      sort === 'name' ? shown : [...shown].sort((one, other) => weightOf[sort](other) - weightOf[sort](one));
    const href = (changes: Partial<typeof query>) => {
      const all = { ...query, ...changes };
      const given = Object.entries(all).filter(([name, value]) => value !== '' && value !== defaults[name]);
      return given.length === 0 ? '/agents' : `/agents?${new URLSearchParams(given)}`;
    };
    return await reply.type('text/html').send(
      render(
        'agents/list',
        { title: 'Agents', path: '/agents', type: 'agent' },
        {
          query,
          agents,
          any: rows.length > 0,
          tabs: shows.map((show) => ({
            name: labels[show],
            href: href({ show }),
            count: matching.filter(({ presence }) => isShown[show](presence.kind)).length,
            current: show === query.show,
          })),
          sortHref: (name: (typeof sorts)[number]) => href({ sort: name }),
          mostShare: Math.max(0, ...shown.map(({ share30 }) => share30)),
        },
      ),
    );
  });
};

const defaults: Readonly<Record<string, string>> = { q: '', show: 'agents', sort: 'name' };
