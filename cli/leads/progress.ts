import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { usage } from '../arguments.ts';
import { accepted, asPerson, type PersonOptions } from '../as-person.ts';
import type { Context } from '../context.ts';
import type { Workspace } from '../workspace.ts';

const because = ['--because <reason>', 'why; recorded in the history'] as const;
const as = ['--as <person>', 'who does this: a member key or a login (default: your login)'] as const;

/** `leads log`, `leads stage`: how far an agent has got with a lead. */
export function registerProgress(leads: Command, context: Context): void {
  leads
    .command('log <lead> <what>')
    .summary('record a call, an e-mail, a text message, a showing or a note')
    .description(
      'Records that someone got in touch with a lead: call, email, sms or showing; or a note. Anything but a note counts as the first ' +
        'response, which ends the reminders. The lead is given by its key, e-mail address or ID in the old CRM.',
    )
    .option('--note <text>', 'what was said')
    .option('--agent <agent>', 'who did it (default: the agent who has the lead)')
    .option(...as)
    .addHelpText('after', '\nExample:\n  openhouse leads log ana@example.com call --note "Wants to see it on Saturday"')
    .action(async (lead: string, what: string, options: PersonOptions & { note?: string; agent?: string }) => {
      const { loggedByHand, logActivity } = await import('../../commands/leads/log-activity.ts');
      const activityType = among(loggedByHand, what);
      const body = options.note?.trim() || undefined;
      if (activityType === 'Note' && body === undefined) throw usage('write the note with --note "…"');
      const asked = asPerson(options);
      await withLead(context, lead, async (workspace, contactKey) => {
        const { findRecord } = await import('../../history/find-record.ts');
        const memberKey = options.agent === undefined ? undefined : await findRecord(workspace, 'agent', options.agent);
        const activity = { contactKey, recordKey: `cli-${randomUUID()}`, activityType, body, memberKey };
        accepted(await logActivity(workspace.store, activity, asked), 'nothing was recorded');
        context.print({ contactKey, activityType }, () => `Recorded for lead ${lead}: ${activityType.toLowerCase()}.`);
      });
    });
  leads
    .command('stage <lead> <stage>')
    .summary('set how far a lead has got: Contacted, Hot, Closed, …')
    .description(
      'Changes the stage of a lead. Moving it on from New counts as the first response. A lead that is closed or in the trash is ' +
        'reopened with `openhouse leads reopen`.',
    )
    .option(...because)
    .option(...as)
    .addHelpText('after', '\nExample:\n  openhouse leads stage maria@example.com Hot --because "Has seen two homes"')
    .action(async (lead: string, stage: string, options: PersonOptions) => {
      const { leadStages } = await import('../../domain/lead/index.ts');
      const leadStage = among(leadStages, stage);
      const asked = asPerson(options);
      await withLead(context, lead, async ({ store }, contactKey) => {
        const { changeStage } = await import('../../commands/leads/change-stage.ts');
        const result = await changeStage(store, { contactKey, leadStage }, asked);
        const changed = accepted(result, 'the stage was not changed').events.length > 0;
        context.print({ contactKey, leadStage, changed }, () =>
          changed ? `Lead ${lead} is now ${leadStage}.` : `Nothing was changed: lead ${lead} was already ${leadStage}.`,
        );
      });
    });
}

const among = <Name extends string>(names: readonly Name[], given: string): Name => {
  const name = names.find((one) => one.toLowerCase() === given.toLowerCase());
  if (name === undefined) throw usage(`"${given}" is not one of ${names.join(', ')}`);
  return name;
};

async function withLead(
  context: Context,
  lead: string,
  work: (workspace: Workspace, contactKey: string) => Promise<void>,
) {
  const { withWorkspace } = await import('../workspace.ts');
  await withWorkspace(context, async (workspace) => {
    const { findRecord } = await import('../../history/find-record.ts');
    await work(workspace, await findRecord(workspace, 'lead', lead));
  });
}
