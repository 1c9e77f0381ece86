import type { Command } from 'commander';
import { formatMinute } from '../../platform/wording/shown-time.ts';
import type { EmailOutcomes } from '../../queries/messages/reports.ts';
import { usage, wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';

/** `outbox outcomes` and `outbox reports`: what became of e-mails after Postmark accepted them. */
export function registerReports(outbox: Command, context: Context): void {
  outbox
    .command('outcomes')
    .summary('how many e-mails were delivered, opened, clicked, bounced')
    .description(
      'What became of the e-mails sent in a period, by kind, as far as Postmark has reported it. Opens and clicks are ' +
        'recorded only if POSTMARK_TRACK_OPENS and POSTMARK_TRACK_LINKS say so, and for 90 days.',
    )
    .option('--since <date>', 'the first day, 2026-03-31 (default: 30 days ago)')
    .option('--until <date>', 'the day after the last one (default: now)')
    .addHelpText('after', '\nExample:\n  openhouse outbox outcomes --since 2026-03-01')
    .action(async ({ since, until }: { since?: string; until?: string }) => {
      const period = {
        since: since === undefined ? new Date(Date.now() - 30 * 86_400_000) : new Date(since),
        until: until === undefined ? new Date() : new Date(until),
      };
      for (const [name, date] of Object.entries(period))
        if (Number.isNaN(date.getTime())) throw usage(`--${name} must be a date such as 2026-03-31`);
      const { withDatabase } = await import('../workspace.ts');
      const { readOutcomes } = await import('../../queries/messages/reports.ts');
      const { renderTable } = await import('../output/table.ts');
      const rows = await withDatabase(context, (db) => readOutcomes(db, period));
      context.print(rows, () =>
        rows.length === 0
          ? 'No e-mails were sent in this period.'
          : renderTable(
              ['Kind', 'Sent', 'Delivered', 'Opened', 'Clicked', 'Bounced', 'Spam', 'Unsubscribed'],
              rows.map(cells),
            ),
      );
    });

  outbox
    .command('reports')
    .summary('what Postmark has reported, and when it last did')
    .description(
      'Counts the reports that Postmark sent to the webhook in the last week, by type and by what came of them: recorded; ' +
        'no-change; other-message (not sent by openhouse) and other-stream; inbound, unknown-type and not-understood, which ' +
        'are not applied. docs/setting-up-postmark.md says how to set up the webhook.',
    )
    .option('--unread', 'list reports that were not understood or not yet applied, with what Postmark sent')
    .option('--limit <number>', 'how many of those', wholeNumber(1, 10_000), 20)
    .addHelpText('after', '\nExamples:\n  openhouse outbox reports\n  openhouse outbox reports --unread')
    .action(async ({ unread, limit }: { unread?: boolean; limit: number }) => {
      const { withDatabase } = await import('../workspace.ts');
      const { readReports, readUnreadReports } = await import('../../queries/messages/reports.ts');
      const { renderTable } = await import('../output/table.ts');
      const zone = context.config().timeZone;
      if (unread === true) {
        const rows = await withDatabase(context, (db) => readUnreadReports(db, limit));
        context.print(rows, () =>
          rows.length === 0
            ? 'There are none.'
            : rows
                .map(
                  ({ receivedAt, recordType, result, lastError, payload }) =>
                    `${formatMinute(receivedAt, zone)}  ${recordType ?? '(no type)'}: ${result ?? `not applied yet: ${lastError}`}\n  ${JSON.stringify(payload)}`,
                )
                .join('\n'),
        );
        return;
      }
      const reports = await withDatabase(context, readReports);
      context.print(reports, ({ lastReceivedAt, waiting, counts }) =>
        [
          lastReceivedAt === null
            ? 'Postmark has reported nothing yet: see docs/setting-up-postmark.md.'
            : `Postmark last reported something on ${formatMinute(lastReceivedAt, zone)}.`,
          ...(waiting === 0 ? [] : [`Not applied yet: ${waiting}`]),
          ...(counts.length === 0
            ? []
            : [
                '',
                renderTable(
                  ['Type', 'Result', 'Reports'],
                  counts.map(({ recordType, result, count }) => [recordType ?? '(none)', result, String(count)]),
                ),
              ]),
        ].join('\n'),
      );
    });
}

const cells = ({ kind, sent, delivered, opened, clicked, bounced, complained, unsubscribed }: EmailOutcomes) => {
  const share = (count: number) => `${count}${sent === 0 ? '' : ` (${Math.round((100 * count) / sent)}%)`}`;
  return [
    kind,
    String(sent),
    share(delivered),
    share(opened),
    share(clicked),
    share(bounced),
    String(complained),
    String(unsubscribed),
  ];
};
