import type { Command } from 'commander';
import type { CommandContext, CommandResult } from '../../commands/execute.ts';
import type { OfferAnswer } from '../../commands/leads/accept-offer.ts';
import type { LeadState } from '../../domain/lead/index.ts';
import { usage } from '../arguments.ts';
import { accepted, asPerson, type PersonOptions } from '../as-person.ts';
import type { Context } from '../context.ts';
import type { Workspace } from '../workspace.ts';

type Options = PersonOptions & {
  readonly agent?: string;
  readonly reason?: string;
  readonly note?: string;
  readonly minutes?: string;
};

const because = ['--because <reason>', 'why; recorded in the history'] as const;
const as = ['--as <person>', 'who does this: a member key or a login (default: your login)'] as const;

/** `leads offer`, `accept`, `pass`, `reassign`, `release`, `reopen`: actions on leads by hand. */
export function registerActions(leads: Command, context: Context): void {
  action(leads, context, {
    name: 'offer <lead> <agent>',
    summary: 'offer a lead to an agent, whatever the policy says',
    needsReason: true,
    minutes: true,
    done: 'offered',
    run: async ({ store }, contactKey, memberKey, asked, { minutes = '30' }) => {
      const { offerByHand } = await import('../../commands/leads/offer-by-hand.ts');
      const wanted = Number(minutes);
      if (!(wanted >= 1 && wanted <= 100_000))
        throw usage(`--minutes must be a number of at least 1, not "${minutes}"`);
      return await offerByHand(store, { contactKey, memberKey: memberKey!, minutes: wanted }, asked);
    },
  });
  action(leads, context, {
    name: 'accept <lead> <agent>',
    summary: 'accept an open offer for an agent',
    done: 'accepted',
    run: async ({ store }, contactKey, memberKey, asked) => {
      const { acceptOffer } = await import('../../commands/leads/accept-offer.ts');
      return await acceptOffer(store, answerOf(contactKey, memberKey), asked);
    },
  });
  action(leads, context, {
    name: 'pass <lead> <agent>',
    summary: 'pass on an open offer for an agent',
    done: 'passed on',
    pass: true,
    run: async ({ store }, contactKey, memberKey, asked, { reason, note }) => {
      const { passOffer } = await import('../../commands/leads/pass-offer.ts');
      const { passReasons } = await import('../../domain/lead/index.ts');
      const passReason = passReasons.find((one) => one.toLowerCase() === reason?.toLowerCase());
      if (reason !== undefined && passReason === undefined) {
        throw usage(`--reason must be one of ${passReasons.join(', ')}, not "${reason}"`);
      }
      return await passOffer(
        store,
        {
          ...answerOf(contactKey, memberKey),
          ...(passReason === undefined ? {} : { passReason }),
          ...(note === undefined ? {} : { note }),
        },
        asked,
      );
    },
  });
  action(leads, context, {
    name: 'reassign <lead> <agent>',
    summary: 'give a lead to an agent, no matter who has it now',
    needsReason: true,
    done: 'assigned',
    run: async ({ store }, contactKey, memberKey, asked) => {
      const { reassignLead } = await import('../../commands/leads/reassign-lead.ts');
      return await reassignLead(store, { contactKey, memberKey: memberKey! }, asked);
    },
  });
  action(leads, context, {
    name: 'release <lead>',
    summary: 'take a lead back from its agent, and offer it to others',
    needsReason: true,
    done: 'released',
    run: async ({ store }, contactKey, _memberKey, asked) => {
      const { releaseLead } = await import('../../commands/leads/release-lead.ts');
      return await releaseLead(store, { contactKey }, asked);
    },
  });
  action(leads, context, {
    name: 'reopen <lead>',
    summary: 'reopen a lead that is closed or in the trash',
    needsReason: true,
    done: 'reopened',
    run: async ({ store }, contactKey, _memberKey, asked) => {
      const { reopenLead } = await import('../../commands/leads/reopen-lead.ts');
      return await reopenLead(store, { contactKey }, asked);
    },
  });
}

const answerOf = (contactKey: string, memberKey: string | undefined): OfferAnswer => ({
  contactKey,
  memberKey: memberKey!,
});

type Action = {
  readonly name: string;
  readonly summary: string;
  /** What was done, in one word. */
  readonly done: string;
  readonly needsReason?: boolean;
  readonly minutes?: boolean;
  readonly pass?: boolean;
  readonly run: (
    workspace: Workspace,
    contactKey: string,
    memberKey: string | undefined,
    asked: CommandContext,
    options: Options,
  ) => Promise<CommandResult<LeadState>>;
};

function action(
  leads: Command,
  context: Context,
  { name, summary, done, needsReason = false, minutes, pass, run }: Action,
) {
  const verb = name.split(' ')[0]!;
  const example = name.replace('<lead>', 'maria@example.com').replace('<agent>', 'dana@example.com');
  const command = leads
    .command(name)
    .summary(summary)
    .description(
      `${summary[0]!.toUpperCase()}${summary.slice(1)}. The lead is given by its key, e-mail address or ID in the old CRM; an agent by ` +
        'name, e-mail address or key.' +
        (needsReason ? ' It overrides the policy, so say why with --because.' : ''),
    )
    .addHelpText(
      'after',
      `\nExample:\n  openhouse leads ${example}${needsReason ? ' --because "The agent asked for it"' : ''}`,
    )
    .option(...because)
    .option(...as);
  if (minutes) command.option('--minutes <n>', 'how long the agent has to answer', '30');
  if (pass)
    command
      .option('--reason <reason>', 'why the agent passes: Too busy, Away, …')
      .option('--note <text>', 'what the agent says about it');
  const wantsAgent = name.includes('<agent>');
  command.action(async (lead: string, second: unknown, third?: unknown) => {
    const options = (wantsAgent ? third : second) as Options;
    const asked = asPerson(options, { needsReason });
    const { withWorkspace } = await import('../workspace.ts');
    await withWorkspace(context, async (workspace) => {
      const { findRecord } = await import('../../history/find-record.ts');
      const contactKey = await findRecord(workspace, 'lead', lead);
      const memberKey = wantsAgent ? await findRecord(workspace, 'agent', second as string) : undefined;
      const result = await run(workspace, contactKey, memberKey, asked, options);
      const changed = accepted(result, `lead ${lead} was not ${done}`).events.length > 0;
      context.print({ contactKey, memberKey: memberKey ?? null, action: verb, changed }, () =>
        changed ? `Lead ${lead} was ${done}.` : `Nothing was changed: lead ${lead} was already ${done}.`,
      );
    });
  });
}
