import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { registerChanges } from '../../quarantine/changes.ts';
import { registerLooks } from '../../quarantine/looks.ts';

export function register(program: Command, context: Context): void {
  const command = program
    .command('quarantine')
    .helpGroup('Data:')
    .summary('documents of the old CRM that could not become records: see, correct, retry, dismiss')
    .description(
      'Documents that an import cannot turn into a record are kept whole, each with the reason. Correct a value here (the document in the old ' +
        'CRM stays as it is), retry after the mapping was corrected, or dismiss what should stay out. A document that is corrected in the ' +
        'old CRM leaves the quarantine with the next import.',
    )
    .addHelpText(
      'after',
      `
Examples:
  openhouse quarantine
  openhouse quarantine list --collection leads --code contact-missing
  openhouse quarantine show 12
  openhouse quarantine edit 12 --set email=ana@example.com --because "Asked her on the phone" --dry-run
  openhouse quarantine edit 12 --set email=ana@example.com --set phones.0.number=5615550101 --because "Asked her on the phone"
  openhouse quarantine retry --code status-unreadable --mapping our-crm.yaml
  openhouse quarantine dismiss 13 --because "A test record"`,
    );
  registerLooks(command, context);
  registerChanges(command, context);
}
