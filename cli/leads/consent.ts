import type { Command } from 'commander';
import { accepted, asPerson, type PersonOptions } from '../as-person.ts';
import type { Context } from '../context.ts';

/** `leads opt-out` and `leads opt-in`: what a lead said on the phone about e-mail, with who recorded it and why. */
export function registerConsent(leads: Command, context: Context): void {
  const command = (name: 'opt-out' | 'opt-in', summary: string, description: string, example: string) =>
    leads
      .command(name)
      .argument('<id>', 'its key, e-mail address or ID in the old CRM')
      .summary(summary)
      .description(description)
      .requiredOption('--because <reason>', 'how you know; recorded in the history')
      .option('--as <person>', 'who does this: a member key or a login (default: your login)')
      .addHelpText('after', `\nExample:\n  openhouse leads ${name} ${example}`)
      .action((id: string, options: PersonOptions) => record(context, name, id, options));

  command(
    'opt-out',
    'stop all e-mail to a lead',
    'Records that the person wants no more e-mail. From now on nothing is sent to any of their addresses, not even what is ' +
      'already in the outbox.',
    'maria@example.com --because "Asked us to stop, on the phone"',
  );
  command(
    'opt-in',
    'send e-mail to a lead again who had opted out',
    'Records that the person themselves asked for e-mail again. Nothing else revokes an opt-out: not an import, nor a correction. ' +
      'What was withheld in the meantime is not sent. The opt-out of another lead with the same address still applies; the output names that lead.',
    'maria@example.com --because "Asked for it again in her mail of 3 May"',
  );
}

const record = async (context: Context, name: 'opt-out' | 'opt-in', id: string, options: PersonOptions) => {
  const asked = asPerson(options, { needsReason: true });
  const { withWorkspace } = await import('../workspace.ts');
  const { findRecord } = await import('../../history/find-record.ts');
  const { optIn, optOut } = await import('../../commands/leads/consent.ts');
  const { othersOptedOut } = await import('../../queries/leads/lead-facts.ts');
  const { recordOptOuts } = await import('../../schedulers/delivering/record-opt-outs.ts');
  await withWorkspace(context, async ({ db, store, log }) => {
    // What the person asked for earlier comes first.
    await recordOptOuts({ db, store, log });
    const key = await findRecord({ db, store }, 'lead', id);
    const { contactKey, ...result } = await (name === 'opt-out' ? optOut : optIn)(store, key, asked);
    const changed = accepted(result, 'nothing was recorded').events.length > 0;
    const others = name === 'opt-in' ? await othersOptedOut(db, contactKey) : [];
    context.print({ contactKey, emailOptOut: name === 'opt-out', changed, othersOptedOut: others }, () =>
      [
        changed
          ? `Recorded: lead ${contactKey} has opted ${name === 'opt-out' ? 'out of e-mail' : 'back in to e-mail'}.`
          : `Lead ${contactKey} ${name === 'opt-out' ? 'had already opted out' : 'had not opted out'}; nothing was recorded.`,
        ...(others.length === 0
          ? []
          : [
              `Still nothing is sent: with the same address, ${others.join(', ')} ${others.length === 1 ? 'has' : 'have'} opted out. ` +
                'If that is the same person, opt them in too.',
            ]),
      ].join('\n'),
    );
  });
};
