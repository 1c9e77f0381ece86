import type { Command } from 'commander';
import type { Unwritten } from '../../../importers/differences/outbox.ts';
import { exitCodes } from '../../../platform/errors.ts';
import { formatMinute } from '../../../platform/wording/shown-time.ts';
import { wholeNumber } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { type Called, calledAs } from '../../legacy/record-called.ts';
import { renderTable } from '../../output/table.ts';
import { counted, number } from '../../output/words.ts';
import { withWorkspace } from '../../workspace.ts';

export function register(program: Command, context: Context): void {
  const writeBack = program
    .command('write-back')
    .helpGroup('Data:')
    .summary('see and retry changes that have not been written back to the old CRM')
    .description(
      '`openhouse start` writes changes to records that openhouse owns to the live MongoDB within seconds, in the form of its documents. It only ' +
        'changes the fields in question, and never overwrites a document that someone else has changed in the meantime.',
    );

  writeBack
    .command('list', { isDefault: true })
    .summary('list what has not been written back yet, and why')
    .description(
      'Lists the records that are waiting or were refused, oldest first. Exits with 3 when any were refused.',
    )
    .option('--limit <number>', 'how many', wholeNumber(1, 10_000), 50)
    .addHelpText('after', '\nExamples:\n  openhouse write-back list\n  openhouse write-back list --json')
    .action(async ({ limit }: { limit: number }) => {
      const { unwritten, writesWaiting } = await import('../../../importers/differences/outbox.ts');
      await withWorkspace(context, async ({ db }) => {
        const records = await unwritten(db, limit);
        const types = await writesWaiting(db);
        const due = types.reduce((sum, type) => sum + type.due, 0);
        const refused = types.reduce((sum, type) => sum + type.refused, 0);
        if (refused > 0) context.exitWith(exitCodes.needsAttention);
        const called = await calledAs(
          db,
          records.map(({ recordKey }) => recordKey),
        );
        context.print({ due, refused, records }, () =>
          unwrittenText(records, { due, refused }, called, context.config().timeZone),
        );
      });
    });

  writeBack
    .command('retry')
    .summary('retry what was refused')
    .description('Makes the next run retry everything that was refused or is waiting for its next attempt.')
    .addHelpText('after', '\nExample:\n  openhouse write-back retry')
    .action(async () => {
      const { retryWrites } = await import('../../../importers/differences/outbox.ts');
      await withWorkspace(context, async ({ db }) => {
        const records = await retryWrites(db);
        context.print({ records }, () => `${counted(records, 'record')} will be retried by the next run.`);
      });
    });
}

const unwrittenText = (
  records: readonly Unwritten[],
  { due, refused }: { readonly due: number; readonly refused: number },
  called: Called,
  timeZone: string,
): string => {
  if (records.length === 0) return 'Everything is written back.';
  const table = renderTable(
    ['Record', 'State', 'Since', 'Attempts', 'Why'],
    records.map(({ aggregate, recordKey, state, dueSince, attempts, reason, conflictId }) => [
      `${aggregate} ${called(recordKey)}`,
      conflictId === null ? state : `waits for conflict ${conflictId}`,
      formatMinute(new Date(dueSince), timeZone),
      String(attempts),
      reason ?? '',
    ]),
  );
  const total = due + refused;
  const more = total > records.length ? ` These are the oldest ${number(records.length)}; --limit shows more.` : '';
  return `${table}\n${number(total)} in all${refused > 0 ? `, ${number(refused)} of them refused` : ''}.${more}`;
};
