import { type Command, Option } from 'commander';
import type { SlackMessage } from '../../../delivery/outbox.ts';
import { formatMinute } from '../../../platform/wording/shown-time.ts';
import type { OutboxMessage, OutboxRow } from '../../../queries/messages/outbox.ts';
import { wholeNumber } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { registerReports } from '../../outbox/reports.ts';
import { personAt } from '../../person.ts';

const states = ['pending', 'sending', 'sent', 'previewed', 'failed', 'unconfirmed', 'withheld'];
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function register(program: Command, context: Context): void {
  const outbox = program
    .command('outbox')
    .helpGroup('Jobs:')
    .summary('the e-mails and Slack messages that are sent')
    .description(
      'Jobs queue messages, and `openhouse start` sends them. States: pending (to be sent), sending, sent, previewed ' +
        '(Postmark or Slack is not configured, so it is only kept here), failed (given up, needs attention), ' +
        'withheld (deliberately not sent), unconfirmed (may or may not have been sent: check with the provider, then use ' +
        '`outbox sent` or `outbox send-again`).',
    );

  outbox
    .command('list', { isDefault: true })
    .summary('messages, newest first')
    .addOption(new Option('--state <state>', 'only messages in this state').choices(states))
    .addOption(new Option('--channel <channel>', 'only messages to this channel').choices(['email', 'slack']))
    .option('--limit <number>', 'how many messages', wholeNumber(1, 10_000), 20)
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse outbox list\n  openhouse outbox list --state failed --channel email',
    )
    .action(async ({ limit, ...filter }: { state?: string; channel?: string; limit: number }) => {
      const { withDatabase } = await import('../../workspace.ts');
      const { readOutbox } = await import('../../../queries/messages/outbox.ts');
      const { renderTable } = await import('../../output/table.ts');
      const rows = await withDatabase(context, (db) => readOutbox(db, filter, limit));
      context.print(rows, () =>
        rows.length === 0
          ? 'No messages.'
          : renderTable(
              ['Id', 'Queued', 'To', 'Subject', 'State'],
              rows.map((row) => [
                row.outboxId,
                formatMinute(new Date(row.createdAt), context.config().timeZone),
                row.memberName ?? row.recipient,
                shortened(row.title),
                stateOf(row),
              ]),
            ),
      );
    });

  outbox
    .command('show')
    .argument('<id>', 'the id that `openhouse outbox list` shows')
    .summary('show one message')
    .option('--html', "show an e-mail's HTML instead of its text")
    .addHelpText('after', '\nExamples:\n  openhouse outbox show 412\n  openhouse outbox show 412 --html > message.html')
    .action(async (id: string, { html }: { html?: boolean }) => {
      const { withDatabase } = await import('../../workspace.ts');
      const { readMessage } = await import('../../../queries/messages/outbox.ts');
      const message = uuid.test(id) ? await withDatabase(context, (db) => readMessage(db, id)) : null;
      if (message === null) throw await unknown(id);
      context.print(message, () =>
        message.channel === 'email' && html === true ? message.message.HtmlBody : asText(message),
      );
    });

  outbox
    .command('send')
    .summary('send the messages that are due now')
    .addHelpText('after', '\nExample:\n  openhouse outbox send')
    .action(async () => {
      const { withWorkspace } = await import('../../workspace.ts');
      const { catchUpFirst, deliveryText, send } = await import('../../job-command.ts');
      await withWorkspace(context, async (workspace) => {
        await catchUpFirst(workspace, context); // to respect opt-outs of a moment ago
        context.print(await send(workspace, context), deliveryText);
      });
    });

  outbox
    .command('retry')
    .argument('<id>', 'the id of a failed or withheld message')
    .summary('put a failed or withheld message back into the queue')
    .addHelpText('after', '\nExample:\n  openhouse outbox retry 412')
    .action(async (id: string) => {
      const { withDatabase } = await import('../../workspace.ts');
      const { retryMessage } = await import('../../../delivery/sending/retry-message.ts');
      const queued = uuid.test(id) && (await withDatabase(context, (db) => retryMessage(db, id)));
      if (!queued) throw await unknown(id, ' that failed or was withheld');
      context.print({ outboxId: id, state: 'pending' }, () => 'The message is in the queue again.');
    });

  const verdict = (as: 'sent' | 'send-again', summary: string, done: string) =>
    outbox
      .command(as)
      .argument('<id>', 'the id of an unconfirmed message')
      .summary(summary)
      .requiredOption('--because <reason>', 'how you know; recorded with the message')
      .option('--as <name>', 'who decided (default: your login)')
      .addHelpText('after', `\nExample:\n  openhouse outbox ${as} 412 --because "Looked it up at Postmark"`)
      .action(async (id: string, { because, as: by }: { because: string; as?: string }) => {
        const { withDatabase } = await import('../../workspace.ts');
        const { settleByHand } = await import('../../../delivery/sending/settle-by-hand.ts');
        const settled =
          uuid.test(id) &&
          (await withDatabase(context, (db) => settleByHand(db, { outboxId: id, as, because, by: personAt(by) })));
        if (!settled) throw await unknown(id, ' that is unconfirmed');
        context.print({ outboxId: id, state: as === 'sent' ? 'sent' : 'pending' }, () => done);
      });
  verdict('sent', 'record that an unconfirmed message was sent', 'The message is recorded as sent.');
  verdict('send-again', 'send an unconfirmed message again', 'The message is in the queue again.');

  outbox
    .command('undeliverable')
    .summary('recipients that Postmark or Slack rejects, and why')
    .addHelpText('after', '\nExample:\n  openhouse outbox undeliverable')
    .action(async () => {
      const { withDatabase } = await import('../../workspace.ts');
      const { readUndeliverable } = await import('../../../queries/messages/undeliverable.ts');
      const { renderTable } = await import('../../output/table.ts');
      const rows = await withDatabase(context, (db) => readUndeliverable(db));
      context.print(rows, () =>
        rows.length === 0
          ? 'No recipient has been rejected.'
          : renderTable(
              ['Recipient', 'Since', 'Why'],
              rows.map(({ recipient, since, reason }) => [
                recipient,
                formatMinute(new Date(since), context.config().timeZone),
                reason,
              ]),
            ),
      );
    });

  outbox
    .command('deliverable')
    .argument('<recipient>', 'an e-mail address, or a Slack user or channel')
    .summary('allow a rejected recipient again')
    .description(
      'Lets messages go to a recipient again once the cause is fixed: the address was reactivated at Postmark ' +
        '(Message stream, Suppressions), the Slack user is back, the channel was unarchived. If the address itself is wrong, correct ' +
        'the record instead: openhouse correct lead <id> email=<address> --because "…"',
    )
    .addHelpText('after', '\nExample:\n  openhouse outbox deliverable maria@example.com')
    .action(async (recipient: string) => {
      const { withDatabase } = await import('../../workspace.ts');
      const { forgetUndeliverable } = await import('../../../delivery/undeliverable.ts');
      if (!(await withDatabase(context, (db) => forgetUndeliverable(db, recipient)))) {
        const { userError } = await import('../../../platform/errors.ts');
        throw userError(`${recipient} has not been rejected`, {
          code: 'recipient-unknown',
          hint: '`openhouse outbox undeliverable` lists the rejected recipients.',
        });
      }
      context.print({ recipient, deliverable: true }, () => `Messages to ${recipient} will be sent again.`);
    });
  registerReports(outbox, context);
}

const unknown = async (id: string, which = '') => {
  const { userError } = await import('../../../platform/errors.ts');
  return userError(`there is no message ${id}${which}`, {
    code: 'message-unknown',
    hint: '`openhouse outbox list` shows the ids.',
  });
};
const shortened = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
const stateOf = ({ state, lastError, fateText }: OutboxRow) =>
  [state, lastError === null ? '' : `: ${shortened(lastError)}`, fateText === null ? '' : `, ${fateText}`].join('');

function asText(message: OutboxMessage): string {
  const head = [
    `To:      ${message.memberName === null ? '' : `${message.memberName}, `}${message.recipient}`,
    `State:   ${message.state}`,
    ...(message.fateText === null ? [] : [`Since:   ${message.fateText}`]),
    `Subject: ${message.title}`,
    '',
  ];
  const body = message.channel === 'email' ? message.message.TextBody : slackText(message.message);
  return [...head, body].join('\n');
}

/** A Slack message as text, block by block, with its buttons in brackets. */
function slackText({ blocks }: SlackMessage): string {
  const texts = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(texts);
    if (typeof value !== 'object' || value === null) return [];
    const block = value as Record<string, unknown>;
    if (block.type === 'button') return texts(block.text).map((label) => `[${label}]`);
    if (typeof block.text === 'string') return [block.text];
    return [block.text, block.fields, block.elements].flatMap(texts);
  };
  return blocks.map((block) => texts(block).join('\n')).join('\n\n');
}
