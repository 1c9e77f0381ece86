import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { CommandContext } from '../../commands/execute.ts';
import { optOut } from '../../commands/leads/consent.ts';
import { reassignLead } from '../../commands/leads/reassign-lead.ts';
import { releaseLead } from '../../commands/leads/release-lead.ts';
import { reopenLead } from '../../commands/leads/reopen-lead.ts';
import { findRecord } from '../../history/find-record.ts';
import { queueLeadMessages } from '../../schedulers/lead-messages/queue-lead-messages.ts';
import type { Page } from '../deps.ts';

const bodySchema = z.object({
  action: z.enum(['reassign', 'release', 'reopen', 'opt-out']),
  agent: z.string().trim().max(320).default(''),
  because: z.string().trim().min(1).max(2_000),
});

/**
 * `POST /leads/:id/actions`: a person overrides what the rules did with a lead, and says why. The actor is whoever is logged in, or
 * the login of the machine's user where the console asks for none.
 */
export const leadActions = (app: FastifyInstance, { deps, render }: Page): void => {
  const { db, store, clock } = deps;
  app.post<{ Params: { id: string } }>('/leads/:id/actions', async (request, reply) => {
    const contactKey = await findRecord(deps, 'lead', request.params.id);
    const page = `/history/lead/${encodeURIComponent(contactKey)}`;
    const refused = (message: string) =>
      reply
        .code(422)
        .type('text/html')
        .send(
          render(
            'problem',
            { title: 'Nothing was changed', path: '/leads' },
            { message, hint: 'Go back, and try again.' },
          ),
        );
    const body = bodySchema.safeParse(request.body).data;
    if (body === undefined) return await refused('Choose what to do, and give the reason: the history keeps it.');
    if (body.action === 'reassign' && body.agent === '') return await refused('Say which agent gets the lead.');

    const conversation = `console-${randomUUID()}`;
    const context: CommandContext = {
      actor: { kind: 'person', id: request.userName ?? userInfo().username },
      source: 'console',
      occurredAt: clock.now().toISOString(),
      correlationId: conversation,
      causationId: conversation,
      reason: body.because,
    };
    const run = async () => {
      switch (body.action) {
        case 'reassign':
          return await reassignLead(
            store,
            { contactKey, memberKey: await findRecord(deps, 'agent', body.agent) },
            context,
          );
        case 'release':
          return await releaseLead(store, { contactKey }, context);
        case 'reopen':
          return await reopenLead(store, { contactKey }, context);
        case 'opt-out':
          return await optOut(store, contactKey, context);
        default:
          return body.action satisfies never;
      }
    };
    const result = await run();
    if (!result.ok) return await refused(`${result.rejection.message}.`);
    await queueLeadMessages({ db, store, clock }, contactKey);
    return await reply.redirect(page, 303);
  });
};
