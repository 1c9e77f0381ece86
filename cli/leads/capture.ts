import type { Command } from 'commander';
import { exitCodes, userError } from '../../platform/errors.ts';
import { asPerson, type PersonOptions } from '../as-person.ts';
import type { Context } from '../context.ts';

type Options = PersonOptions & {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly source?: string;
  readonly city?: string[];
  readonly zip?: string[];
  readonly priceMin?: string;
  readonly priceMax?: string;
  readonly language?: string[];
  readonly listing?: string;
  readonly message?: string;
};

const several = (value: string, before: string[] = []) => [...before, value];

export function registerCapture(leads: Command, context: Context): void {
  leads
    .command('capture')
    .summary('record a new lead, or another inquiry of a known one')
    .description(
      'Records a lead. When the person is known (the same e-mail address; or the same phone number and name), it is an inquiry on their ' +
        'lead, whose agent is notified. Addresses that several people may share (info@…) do not make two people one.',
    )
    .option('--first-name <name>')
    .option('--last-name <name>')
    .option('--email <address>')
    .option('--phone <number>')
    .option('--source <source>', 'Zillow, Website, Referral, …')
    .option('--city <city>', 'where they look for a home; may be repeated', several)
    .option('--zip <code>', 'a ZIP code where they look; may be repeated', several)
    .option('--price-min <dollars>')
    .option('--price-max <dollars>')
    .option('--language <language>', 'which they stated; may be repeated', several)
    .option('--listing <id>', 'the home they ask about: its key or MLS number')
    .option('--message <text>')
    .option('--because <reason>', 'recorded in the history')
    .option('--as <person>', 'who does this: a member key or a login (default: your login)')
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse leads capture --first-name Ana --email ana@example.com --city "Boca Raton" --price-max 600000',
    )
    .action(async (options: Options) => {
      const { captureLead, identityOf, intakeSchema } = await import('../../commands/leads/capture-lead.ts');
      const { firstName, lastName, email, phone, source, city, zip, priceMin, priceMax, language, listing, message } =
        options;
      const given = {
        firstName,
        lastName,
        email,
        mobilePhone: phone,
        leadSource: source,
        cities: city,
        postalCodes: zip,
        listPriceMin: priceMin,
        listPriceMax: priceMax,
        languages: language,
        message,
      };
      const parsed = intakeSchema.safeParse(
        Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      );
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw userError(`the lead was not recorded: ${issue!.path.join('.')}: ${issue!.message}`, {
          code: 'lead-invalid',
          exitCode: exitCodes.usage,
        });
      }
      const asked = asPerson(options);
      const { withWorkspace } = await import('../workspace.ts');
      await withWorkspace(context, async (workspace) => {
        const { findRecord } = await import('../../history/find-record.ts');
        const { findPerson } = await import('../../queries/leads/find-person.ts');
        const { catchUpFirst } = await import('../job-command.ts');
        await catchUpFirst(workspace, context);
        const { listing: _, ...fields } = parsed.data;
        const listingKey = listing === undefined ? undefined : await findRecord(workspace, 'listing', listing);
        const intake = { ...fields, ...(listingKey === undefined ? {} : { listingKey }) };
        const person = await findPerson(workspace.db, identityOf(intake));
        const { position: __, ...captured } = await captureLead(
          workspace.store,
          { intake, ...person, recordKey: asked.correlationId },
          asked,
        );
        context.print(captured, () =>
          captured.outcome === 'captured'
            ? `Lead ${captured.contactKey} was recorded. It is offered as soon as \`openhouse start\` or \`openhouse leads match\` sees it.`
            : `This person is known: an inquiry was recorded on lead ${captured.contactKey}.`,
        );
      });
    });
}
