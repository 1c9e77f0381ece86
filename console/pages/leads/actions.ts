import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { CommandContext, CommandResult } from '../../../commands/execute.ts';
import { acceptOffer } from '../../../commands/leads/accept-offer.ts';
import { changeStage } from '../../../commands/leads/change-stage.ts';
import { optIn, optOut } from '../../../commands/leads/consent.ts';
import { logActivity, loggedByHand } from '../../../commands/leads/log-activity.ts';
import { offerByHand } from '../../../commands/leads/offer-by-hand.ts';
import { passOffer } from '../../../commands/leads/pass-offer.ts';
import { reassignLead } from '../../../commands/leads/reassign-lead.ts';
import { releaseLead } from '../../../commands/leads/release-lead.ts';
import { reopenLead } from '../../../commands/leads/reopen-lead.ts';
import { type LeadState, leadStages, passReasons } from '../../../domain/lead/index.ts';
import { longestReason } from '../../../domain/metadata.ts';
import { findRecord } from '../../../history/find-record.ts';
import { queueLeadMessages } from '../../../schedulers/lead-messages/queue-lead-messages.ts';
import type { Page } from '../../deps.ts';
import { optionalText } from '../../forms/form-fields.ts';
import { personContext } from '../../forms/person.ts';
import { shownSoon } from '../../forms/shown-soon.ts';
import { recordPath } from '../../rendering/paths.ts';
import { nothingChanged } from '../nothing-changed.ts';

const agent = z.string().trim().min(1, 'Choose an agent').max(320);
const because = z.string().trim().min(1, 'Give the reason: it is recorded in the history').max(longestReason);
const passReason = z
  .enum(['', ...passReasons])
  .transform((given) => given || undefined)
  .optional();

/** What a person can do with a lead. Whatever overrides a rule needs a reason. */
const bodySchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('offer'), agent, because, minutes: z.coerce.number().min(1).max(100_000) }),
  z.object({ action: z.literal('accept'), agent, because: optionalText() }),
  z.object({ action: z.literal('pass'), agent, because: optionalText(), passReason, note: optionalText() }),
  z.object({ action: z.literal('reassign'), agent, because }),
  z.object({ action: z.literal('release'), because }),
  z.object({ action: z.literal('reopen'), because }),
  z
    .object({
      action: z.literal('log'),
      activityType: z.enum(loggedByHand),
      agent: optionalText(320),
      note: optionalText(20_000),
      requestKey: z.uuid().optional().catch(undefined),
    })
    .refine(({ activityType, note }) => activityType !== 'Note' || note !== undefined, 'Write the note'),
  z.object({ action: z.literal('stage'), stage: z.enum(leadStages), because: optionalText() }),
  z.object({ action: z.literal('opt-out'), because }),
  z.object({ action: z.literal('opt-in'), because }),
]);
type Body = z.infer<typeof bodySchema>;

/** `POST /leads/:id/actions`: a person does something with a lead. */
export const leadActions = (app: FastifyInstance, { deps, render }: Page): void => {
  const { db, store, clock } = deps;

  const run = async (contactKey: string, body: Body, context: CommandContext): Promise<CommandResult<LeadState>> => {
    const memberKey = 'agent' in body && body.agent ? await findRecord(deps, 'agent', body.agent) : '';
    switch (body.action) {
      case 'offer':
        return await offerByHand(store, { contactKey, memberKey, minutes: body.minutes }, context);
      case 'accept':
        return await acceptOffer(store, { contactKey, memberKey }, context);
      case 'pass': {
        const { passReason, note } = body;
        const why = { ...(passReason === undefined ? {} : { passReason }), ...(note === undefined ? {} : { note }) };
        return await passOffer(store, { contactKey, memberKey, ...why }, context);
      }
      case 'reassign':
        return await reassignLead(store, { contactKey, memberKey }, context);
      case 'release':
        return await releaseLead(store, { contactKey }, context);
      case 'reopen':
        return await reopenLead(store, { contactKey }, context);
      case 'log': {
        const { activityType, note, requestKey = randomUUID() } = body;
        const recordKey = `console-${requestKey}`;
        const by = memberKey || undefined;
        return await logActivity(store, { contactKey, recordKey, activityType, body: note, memberKey: by }, context);
      }
      case 'stage':
        return await changeStage(store, { contactKey, leadStage: body.stage }, context);
      case 'opt-out':
        return await optOut(store, contactKey, context);
      case 'opt-in':
        return await optIn(store, contactKey, context);
      default:
        return body satisfies never;
    }
  };

  app.post<{ Params: { id: string } }>('/leads/:id/actions', async (request, reply) => {
    const contactKey = await findRecord(deps, 'lead', request.params.id);
    const page = recordPath('lead', contactKey);
    const back = { href: page, name: 'Back to the lead' };
    const refused = (message: string) => nothingChanged(reply, render, { path: '/leads', back }, message);
    const parsed = bodySchema.safeParse(request.body);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const known = issue?.code === 'custom' || (issue?.code === 'too_small' && issue.origin === 'string');
      return await refused(known ? `${issue.message}.` : 'Choose what to do, and fill in the form.');
    }
    const body = parsed.data;
    const result = await run(
      contactKey,
      body,
      personContext(request, clock, 'because' in body ? body.because : undefined),
    );
    if (!result.ok) return await refused(`${result.rejection.message}.`);
    await queueLeadMessages({ db, store, clock }, contactKey);
    await shownSoon(db, 'leads', result.position);
    return await reply.redirect(`${page}?done=${result.events.length === 0 ? 'nothing' : body.action}`, 303);
  });
};
