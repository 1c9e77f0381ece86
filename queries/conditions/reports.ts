import { sql } from 'kysely';
import { ago } from '../../platform/wording/shown-time.ts';
import { counted, number } from '../../platform/wording/words.ts';
import type { Condition } from './condition.ts';

export const reportsOff: Condition = {
  name: 'postmark-reports-off',
  label: 'Postmark cannot report back',
  severity: 'note',
  detected: 'POSTMARK_SERVER_TOKEN is set, and POSTMARK_WEBHOOK_SECRET is not.',
  seenWithin: 'at once',
  whatToDo:
    'Set POSTMARK_WEBHOOK_SECRET, and the webhook at Postmark, as docs/setting-up-postmark.md says. Until then openhouse does not learn of bounces and complaints, except when Postmark rejects the next e-mail.',
  href: null,
  look: ({ sendsEmail, receivesReports }) =>
    sendsEmail && !receivesReports
      ? [{ subject: 'POSTMARK_WEBHOOK_SECRET', text: 'Postmark has nowhere to report bounces and complaints' }]
      : [],
};

/** Postmark reports a delivery within seconds or minutes; a slow mail server takes longer, but not several. */
const sentBeforeMs = 2 * 3_600_000;
const sentWithinMs = 3 * 24 * 3_600_000;
const sentAtLeast = 5;

export const reportsMissing: Condition = {
  name: 'postmark-reports-missing',
  label: 'Postmark has stopped reporting back',
  severity: 'attention',
  detected: `At least ${sentAtLeast} e-mails were sent between ${sentBeforeMs / 3_600_000} hours and ${sentWithinMs / 86_400_000} days ago, and no report has come since the first of them.`,
  seenWithin: '2 hours after sending',
  whatToDo:
    'Look at the webhook in Postmark (message stream, Webhooks): its URL, its password (POSTMARK_WEBHOOK_SECRET), that Delivery and Bounce are ticked, and what "Send test" says. The log has each request that was refused.',
  href: null,
  look: async ({ db, now, sendsEmail, receivesReports }) => {
    if (!sendsEmail || !receivesReports) return [];
    const [sent, last] = await Promise.all([
      db
        .selectFrom('ops.outbox')
        .select(({ fn }) => [fn.countAll<string>().as('count'), fn.min('sentAt').as('first')])
        .where('channel', '=', 'email')
        .where('state', '=', 'sent')
        .where('sentAt', '<', new Date(now.getTime() - sentBeforeMs))
        .where('sentAt', '>', new Date(now.getTime() - sentWithinMs))
        .executeTakeFirstOrThrow(),
      db
        .selectFrom('ops.postmarkReport')
        .select(({ fn }) => fn.max('receivedAt').as('at'))
        .executeTakeFirstOrThrow(),
    ]);
    const { count, first } = sent;
    if (Number(count) < sentAtLeast || first === null || (last.at !== null && last.at > first)) return [];
    const since = last.at === null ? 'it never has' : `the last time was ${ago(now, last.at)} ago`;
    return [
      {
        subject: 'webhook',
        text: `Postmark has reported nothing about ${counted(Number(count), 'e-mail')} sent in the last three days; ${since}`,
        since: first,
      },
    ];
  },
};

/** Whoever delivers the outbox applies reports every three seconds. */
const waitingForMs = 60_000;

export const reportsWaiting: Condition = {
  name: 'postmark-reports-waiting',
  label: 'Reports of Postmark are not applied',
  severity: 'broken',
  detected: `Reports that came more than ${waitingForMs / 1_000} s ago have not been applied.`,
  seenWithin: '60 s',
  whatToDo:
    'Check that `openhouse start` is running, and its log; `openhouse outbox reports` shows why a report could not be applied. Reports are kept, and applied as soon as that works.',
  href: null,
  look: async ({ db, now }) => {
    const { count, oldest, failing } = await db
      .selectFrom('ops.postmarkReport')
      .select(({ fn }) => [
        fn.countAll<string>().as('count'),
        fn.min('receivedAt').as('oldest'),
        sql<number>`count(*) filter (where attempts > 0)::int`.as('failing'),
      ])
      .where('handledAt', 'is', null)
      .where('receivedAt', '<', new Date(now.getTime() - waitingForMs))
      .executeTakeFirstOrThrow();
    if (Number(count) === 0 || oldest === null) return [];
    const tried = failing === 0 ? '' : `, ${number(failing)} of them after a failed attempt`;
    return [
      {
        subject: 'webhook',
        text: `${counted(Number(count), 'report of Postmark waits', 'reports of Postmark wait')}, the oldest for ${ago(now, oldest)}${tried}`,
        since: oldest,
      },
    ];
  },
};

export const reportsUnread: Condition = {
  name: 'postmark-reports-unread',
  label: 'Postmark reported something that openhouse does not understand',
  severity: 'note',
  detected:
    'Requests to the webhook were not JSON, lacked something, or had a type that this release does not know. They are kept for a month.',
  seenWithin: 'at once',
  whatToDo:
    '`openhouse outbox reports --unread` shows them. Report a type that openhouse should know; nothing follows from the others.',
  href: null,
  look: async ({ db }) => {
    const rows = await db
      .selectFrom('ops.postmarkReport')
      .select(({ fn }) => ['result', fn.countAll<string>().as('count'), fn.min('receivedAt').as('since')])
      .where('result', 'in', ['not-understood', 'unknown-type'])
      .groupBy('result')
      .orderBy('result')
      .execute();
    return rows.map(({ result, count, since }) => ({
      subject: result!,
      text: `${counted(Number(count), 'report of Postmark', 'reports of Postmark')} ${result === 'unknown-type' ? 'had a type that is not known' : 'could not be understood'}`,
      since,
    }));
  },
};
