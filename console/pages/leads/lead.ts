import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { loggedByHand } from '../../../commands/leads/log-activity.ts';
import { priceRange } from '../../../domain/dollars.ts';
import { isNewLead, leadStages, lifeOf, passReasons } from '../../../domain/lead/index.ts';
import { findRecord } from '../../../history/find-record.ts';
import { readHistoryPage } from '../../../history/history-page.ts';
import { userError } from '../../../platform/errors.ts';
import { agentNames, listAgents } from '../../../queries/agents/agent-names.ts';
import { activityLabel, readContactsWith } from '../../../queries/leads/contacts-with.ts';
import { explainOffers, leftOutByAgent, membersOf } from '../../../queries/leads/explain-offers.ts';
import { readLeadFacts } from '../../../queries/leads/lead-facts.ts';
import { readDueAt } from '../../../queries/leads/list-leads.ts';
import { nextStepOf } from '../../../queries/leads/next-step.ts';
import { whyNoAgent } from '../../../queries/leads/why-no-agent.ts';
import { listingTitles } from '../../../queries/listing-titles.ts';
import { readOutbox } from '../../../queries/messages/outbox.ts';
import { readUndeliverable } from '../../../queries/messages/undeliverable.ts';
import { readStory } from '../../../schedulers/lead-messages/story.ts';
import type { Page } from '../../deps.ts';
import { recordPath } from '../../rendering/paths.ts';
import { judgedNow } from '../judged-now.ts';
import { historyOf, recordQuerySchema } from '../record-page.ts';
import { statusLabels } from './list.ts';

const shown = { contacts: 20, messages: 20, candidates: 10 } as const;

/** `/leads/:id`: everything about a lead on one page, and what a person can do with it. */
export const leadPage = (app: FastifyInstance, { deps, render }: Page): void => {
  const { db, store } = deps;
  app.get<{ Params: { id: string } }>('/leads/:id', async (request, reply) => {
    const asked = await findRecord(deps, 'lead', request.params.id);
    const { done, before } = recordQuerySchema.parse(request.query);
    const story = await readStory(store, asked);
    const { contactKey, state, owner, endings } = story;
    if (contactKey !== request.params.id) return await reply.redirect(recordPath('lead', contactKey), 303);
    const life = lifeOf(state);
    if (life.status === 'unknown') throw userError('there is no such lead', { code: 'record-unknown' });

    const judged = await judgedNow(deps);
    const [explained, contacts, facts, messages, undeliverable, history, dueAt, why, agents] = await Promise.all([
      explainOffers(store, contactKey),
      readContactsWith(store, { contactKey, fields: state.fields }, shown.contacts),
      readLeadFacts(db, contactKey),
      readOutbox(db, { contactKey }, shown.messages + 1),
      readUndeliverable(db, { aggregate: 'lead', key: contactKey }),
      readHistoryPage(store, 'lead', contactKey, before),
      readDueAt(db, contactKey, judged),
      whyNoAgent(db, life.status === 'unassigned' ? [contactKey] : []),
      listAgents(db),
    ]);
    const names = await agentNames(db, [
      ...membersOf(explained),
      ...contacts.rows.flatMap(({ memberKey }) => memberKey ?? []),
      ...(state.fields.ownerMemberKey ? [state.fields.ownerMemberKey] : []),
      ...(owner === null ? [] : [owner.memberKey]),
    ]);
    const nameOf = (memberKey: string) => names.get(memberKey) ?? 'an agent who is not known';
    const { fields } = state;
    const asksAbout = [state.inquiredListingKey, ...contacts.rows.map(({ listingKey }) => listingKey)];
    return await reply.type('text/html').send(
      render(
        'leads/lead',
        { title: history.title ?? 'No name given', path: '/leads', type: 'lead' },
        {
          contactKey,
          path: recordPath('lead', contactKey),
          recordPath,
          fields,
          life,
          isNew: isNewLead(state.fields),
          status: life.status === 'unassigned' ? statusLabels.waiting : statusLabels[life.status as 'offered'],
          owner,
          nameOf,
          nextStep: nextStepOf(state, nameOf, { now: judged.now, dueAt, why: why.get(contactKey) }),
          wantsPrice: priceRange(fields.listPriceMin, fields.listPriceMax),
          facts,
          emailOptOut: state.emailOptOut,
          undeliverable,
          contacts,
          inquiredListingKey: state.inquiredListingKey,
          listings: await listingTitles(
            db,
            asksAbout.filter((key) => key !== null),
          ),
          messages: messages.slice(0, shown.messages),
          moreMessages: messages.length > shown.messages,
          offers: [...explained.offers].reverse(),
          escalations: explained.escalations,
          endings,
          leftOutByAgent,
          shownCandidates: shown.candidates,
          agents: agents.filter(({ activeYN }) => activeYN),
          passReasons,
          stages: leadStages,
          activities: loggedByHand.map((type) => ({ type, label: activityLabel(type) })),
          requestKey: randomUUID(),
          lastContact: contacts.rows.find(({ responseYN }) => responseYN) ?? null,
          done,
          ...(await historyOf(deps, 'lead', contactKey, history)),
        },
      ),
    );
  });
};
