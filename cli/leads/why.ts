import type { Command } from 'commander';
import type { LeadState } from '../../domain/lead/index.ts';
import type { OfferExplained } from '../../queries/leads/explain-offers.ts';
import type { Context } from '../context.ts';

export function registerWhy(leads: Command, context: Context): void {
  leads
    .command('why <lead>')
    .summary('show which agents a lead was offered to, and why')
    .description(
      'Shows every offer of a lead with the reasons for it: the version of the policy, its rule and step, every agent who could ' +
        'have had the lead with the score by component, and why the others could not. Computes the choice again from these scores, to check it.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse leads why maria@example.com\n  openhouse leads why maria@example.com --json',
    )
    .action(async (lead: string) => {
      const { withWorkspace } = await import('../workspace.ts');
      await withWorkspace(context, async (workspace) => {
        const { db, store } = workspace;
        const { findRecord } = await import('../../history/find-record.ts');
        const { loadLead } = await import('../../commands/leads/load-lead.ts');
        const { lifeOf } = await import('../../domain/lead/index.ts');
        const { agentNames } = await import('../../queries/agents/agent-names.ts');
        const { explainOffers, membersOf } = await import('../../queries/leads/explain-offers.ts');
        const { contactKey, state } = await loadLead(store, await findRecord(workspace, 'lead', lead));
        const explained = await explainOffers(store, contactKey);
        const { offers, escalations } = explained;
        const names = await agentNames(db, membersOf(explained));
        const name = (key: string) => names.get(key) ?? key;
        const life = lifeOf(state);
        context.print({ contactKey, life, offers, escalations }, () =>
          [
            lifeText(life, state, name),
            ...offers.flatMap((offer, index) => ['', offerText(offer, index + 1, name)]),
            ...escalations.map(
              (one) => `\nEscalated to ${name(one.memberKey)} (${one.escalationReason}): ${one.detail}`,
            ),
          ].join('\n'),
        );
      });
    });
}

const lifeText = (
  life: ReturnType<typeof import('../../domain/lead/index.ts').lifeOf>,
  state: LeadState,
  name: (key: string) => string,
): string => {
  switch (life.status) {
    case 'assigned':
      return `${name(life.memberKey)} has this lead.`;
    case 'offered':
      return `It is on offer to ${life.offer.memberKeys.map(name).join(', ')}${life.offer.expiresAt === null ? '' : ` until ${life.offer.expiresAt}`}.`;
    case 'closed':
      return `It is closed (${life.leadStage}).`;
    default:
      return `No agent has this lead, and it is not on offer (stage ${state.fields.leadStage ?? 'New'}).`;
  }
};

const shown = 10;

const offerText = (offer: OfferExplained, index: number, name: (key: string) => string): string => {
  const by =
    offer.policyVersion === undefined
      ? 'not by the policy'
      : `policy version ${offer.policyVersion}${offer.policyVersion === 0 ? ' (built in)' : ''}, rule "${offer.rule}", step ${offer.step}`;
  const candidates = offer.candidates ?? [];
  const lines = [
    `Offer ${index}, ${offer.offeredAt}: to ${offer.memberKeys.map(name).join(', ')} (${by})`,
    ...offer.reasons.map(({ detail, points }) => `  ${points > 0 ? '+' : ''}${points}  ${detail}`),
  ];
  if (candidates.length > 0) {
    lines.push(`  Eligible agents (${candidates.length}):`);
    for (const { memberKey, score, components } of candidates.slice(0, shown)) {
      const parts = Object.entries(components).map(([rule, points]) => `${rule} ${Math.round(points * 100) / 100}`);
      lines.push(`    ${String(Math.round(score * 100) / 100).padStart(6)}  ${name(memberKey)}: ${parts.join(', ')}`);
    }
    if (candidates.length > shown) lines.push(`    … and ${candidates.length - shown} more (--json shows all)`);
  }
  for (const [rule, keys] of Object.entries(offer.leftOut ?? {})) lines.push(`  Left out, ${rule}: ${keys.length}`);
  if (offer.recomputes === false)
    lines.push('  The scores on the event lead to a different choice: please report this bug.');
  return lines.join('\n');
};
