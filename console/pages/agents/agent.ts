import type { FastifyInstance } from 'fastify';
import { loadAgent } from '../../../commands/agents/load-agent.ts';
import { priceRange } from '../../../domain/dollars.ts';
import { findRecord } from '../../../history/find-record.ts';
import { readHistoryPage } from '../../../history/history-page.ts';
import { userError } from '../../../platform/errors.ts';
import { readAgentsAtWork } from '../../../queries/agents/agents-at-work.ts';
import { hoursAsGiven, hoursInWords } from '../../../queries/agents/hours-in-words.ts';
import { pauseInWords } from '../../../queries/agents/pause-in-words.ts';
import { readRecentOffers } from '../../../queries/agents/recent-offers.ts';
import { ifThere } from '../../../queries/if-there.ts';
import { listLeads } from '../../../queries/leads/list-leads.ts';
import { readUndeliverable } from '../../../queries/messages/undeliverable.ts';
import type { Page } from '../../deps.ts';
import { momentInWords } from '../../rendering/moment-in-words.ts';
import { recordPath } from '../../rendering/paths.ts';
import { judgedNow } from '../judged-now.ts';
import { historyOf, recordQuerySchema } from '../record-page.ts';
import { presenceOf } from './presence.ts';

const shown = 20;

/** `/agents/:id`: an agent with their leads and offers, and what a person can change. */
export const agentPage = (app: FastifyInstance, { deps, render }: Page): void => {
  const { db, store, config } = deps;
  app.get<{ Params: { id: string } }>('/agents/:id', async (request, reply) => {
    const memberKey = await findRecord(deps, 'agent', request.params.id);
    if (memberKey !== request.params.id) return await reply.redirect(recordPath('agent', memberKey), 303);
    const { done, before } = recordQuerySchema.parse(request.query);
    const judged = await judgedNow(deps);
    const [state, rows, leads, offers, undeliverable, history] = await Promise.all([
      loadAgent(store, memberKey),
      ifThere(readAgentsAtWork(db, { memberKey, ...judged }), []),
      listLeads(db, { memberKey, status: 'assigned' }, judged, { limit: shown, order: 'due' }),
      readRecentOffers(db, memberKey, shown),
      readUndeliverable(db, { aggregate: 'agent', key: memberKey }),
      readHistoryPage(store, 'agent', memberKey, before),
    ]);
    if (state.memberKey === null) throw userError('there is no such agent', { code: 'record-unknown' });
    const { fields } = state;
    const [row = null] = rows;
    return await reply.type('text/html').send(
      render(
        'agents/agent',
        { title: fields.memberFullName ?? fields.memberEmail ?? 'No name given', path: '/agents', type: 'agent' },
        {
          memberKey,
          path: recordPath('agent', memberKey),
          fields,
          pause: row === null ? null : pauseInWords(row, judged.now, config.timeZone, momentInWords(config.timeZone)),
          hours: hoursInWords(fields.hours),
          hoursAsGiven: hoursAsGiven(fields.hours),
          row,
          presence: row === null ? null : presenceOf(row, judged.now, config.timeZone),
          prices: priceRange(fields.listPriceMin, fields.listPriceMax),
          leads: leads.rows,
          moreLeads: leads.next !== null,
          offers,
          undeliverable,
          done,
          now: judged.now,
          ...(await historyOf(deps, 'agent', memberKey, history)),
        },
      ),
    );
  });
};
