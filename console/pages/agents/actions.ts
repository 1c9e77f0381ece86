import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { hoursOf } from '../../../commands/agents/hours-of.ts';
import { pauseAgent } from '../../../commands/agents/pause-agent.ts';
import { pauseOf } from '../../../commands/agents/pause-of.ts';
import { resumeAgent } from '../../../commands/agents/resume-agent.ts';
import { setCapacity } from '../../../commands/agents/set-capacity.ts';
import { officeOf, setOffice } from '../../../commands/agents/set-office.ts';
import { setWorkingHours } from '../../../commands/agents/set-working-hours.ts';
import { findRecord } from '../../../history/find-record.ts';
import { localTime } from '../../../matching/working-hours.ts';
import { isTimeZone } from '../../../platform/wording/shown-time.ts';
import { agentTimeZone } from '../../../queries/agents/agent-names.ts';
import type { Page } from '../../deps.ts';
import { optionalText } from '../../forms/form-fields.ts';
import { personContext } from '../../forms/person.ts';
import { shownSoon } from '../../forms/shown-soon.ts';
import { recordPath } from '../../rendering/paths.ts';
import { nothingChanged } from '../nothing-changed.ts';

const text = optionalText();
const bodySchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('pause'), time: text, from: text, to: text, because: text }),
  z.object({ action: z.literal('resume'), because: text }),
  z.object({ action: z.literal('hours'), hours: text, timeZone: text, because: text }),
  z.object({ action: z.literal('office'), office: text, because: text }),
  z.object({ action: z.literal('capacity'), maxLeads: text, because: text }),
]);
type Body = z.infer<typeof bodySchema>;

const most = 100_000;

/** `POST /agents/:id/actions`: a person pauses or resumes an agent, or sets their hours, office or how many leads they take on. */
export const agentActions = (app: FastifyInstance, { deps, render }: Page): void => {
  const { db, store, clock, config } = deps;

  const run = async (memberKey: string, body: Body, context: ReturnType<typeof personContext>) => {
    switch (body.action) {
      case 'pause': {
        const zone = (await agentTimeZone(db, memberKey)) ?? config.timeZone;
        const pause = pauseOf(body, clock.now(), (at) => localTime(at, zone).date);
        return 'problem' in pause ? pause : await pauseAgent(store, { memberKey, pause }, context);
      }
      case 'resume':
        return await resumeAgent(store, { memberKey }, context);
      case 'hours': {
        const { timeZone } = body;
        const given = body.hours === undefined ? { hours: null } : hoursOf(body.hours);
        if ('problem' in given) return given;
        if (timeZone !== undefined && !isTimeZone(timeZone)) return { problem: `"${timeZone}" is not a time zone` };
        return await setWorkingHours(store, { memberKey, hours: given.hours, timeZone }, context);
      }
      case 'capacity': {
        const maxLeads = body.maxLeads === undefined ? null : Number(body.maxLeads);
        if (maxLeads !== null && !(Number.isInteger(maxLeads) && maxLeads >= 0 && maxLeads <= most)) {
          return { problem: `"${body.maxLeads}" is not a number of leads` };
        }
        return await setCapacity(store, { memberKey, maxLeads }, context);
      }
      case 'office': {
        const given = officeOf(body.office ?? '');
        return 'problem' in given ? given : await setOffice(store, { memberKey, ...given }, context);
      }
      default:
        return body satisfies never;
    }
  };

  app.post<{ Params: { id: string } }>('/agents/:id/actions', async (request, reply) => {
    const memberKey = await findRecord(deps, 'agent', request.params.id);
    const page = recordPath('agent', memberKey);
    const back = { href: page, name: 'Back to the agent' };
    const refused = (message: string) => nothingChanged(reply, render, { path: '/agents', back }, message);
    const body = bodySchema.safeParse(request.body).data;
    if (body === undefined) return await refused('Choose what to do.');
    const result = await run(memberKey, body, personContext(request, clock, body.because));
    if ('problem' in result) return await refused(`${result.problem}.`);
    if (!result.ok) return await refused(`${result.rejection.message}.`);
    await shownSoon(db, 'agents', result.position);
    return await reply.redirect(`${page}?done=${result.events.length === 0 ? 'nothing' : body.action}`, 303);
  });
};
