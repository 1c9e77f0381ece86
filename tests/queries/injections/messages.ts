import type { Claimed } from '../../../delivery/claims.ts';
import { buildEmail } from '../../../delivery/email/build-email.ts';
import { type NewMessage, ourChannel, queueMessages } from '../../../delivery/outbox.ts';
import { keepReport } from '../../../delivery/reports/keep-report.ts';
import { sendDue } from '../../../delivery/sending/send-due.ts';
import { openTransports } from '../../../delivery/sending/transports.ts';
import { buildSlackMessage } from '../../../delivery/slack/build-message.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { fakeProviders } from '../../delivery/fake-providers.ts';
import { timePasses } from '../../delivery/time.ts';
import type { World } from '../../history/support.ts';
import { type Injection, run } from './injection.ts';

const recipient = 'ana@example.com';
const email: NewMessage = {
  dedupeKey: 'wrong',
  channel: 'email',
  kind: 'alert-digest',
  contactKey: 'c1',
  recipient,
  message: buildEmail({ to: recipient, subject: 'A home', html: '<p>A home</p>', text: 'A home' }),
};
const toOurChannel: NewMessage = {
  dedupeKey: 'wrong',
  channel: 'slack',
  kind: 'note',
  recipient: ourChannel,
  message: buildSlackMessage({ channel: null, text: 'A lead', blocks: [] }),
};

type Providers = Awaited<ReturnType<typeof fakeProviders>> & {
  /** One round of delivery, then so much time passes. */
  deliver(thenMs?: number): Promise<void>;
};

/** Queues a message, and delivers it through providers that misbehave. */
const sent = async (world: World, message: NewMessage, work: (providers: Providers) => Promise<void>) => {
  const ends: (() => Promise<void>)[] = [];
  const providers = await fakeProviders({ after: (end) => void ends.push(end) });
  try {
    await queueMessages(world.db, [message]);
    const transports = await openTransports(world.db, providers.config);
    const deps = { db: world.db, log: createLogger({ level: 'silent' }), transports };
    const deliver = async (thenMs = 0) => {
      await sendDue({ ...deps, withhold: async (_: readonly Claimed<unknown>[]) => new Map() });
      await timePasses(world.db, thenMs);
    };
    await work({ ...providers, deliver });
  } finally {
    for (const end of ends) await end();
  }
};

const forgotten = ({ db }: World) =>
  run(
    db,
    `delete from ops.outbox where dedupe_key = 'wrong'`,
    'delete from ops.delivery_channel',
    'delete from ops.undeliverable_recipient',
  );

const injection = (
  how: string,
  exitCode: Injection['exitCode'],
  message: NewMessage,
  work: (providers: Providers, world: World) => Promise<void>,
): Injection => ({
  how,
  exitCode,
  inject: (world) => sent(world, message, (providers) => work(providers, world)),
  repair: forgotten,
});

const minute = 60_000;
const refused = (code: number, text: string) => () => ({ ErrorCode: code, Message: text });

/** What goes wrong with messages: the provider answers so, over HTTP. */
export const messageInjections: Readonly<Record<string, Injection>> = {
  'channel-refused': injection('Postmark rejects the token.', 1, email, async ({ nextEmail, deliver }) => {
    nextEmail.push({ status: 401, body: { ErrorCode: 10, Message: 'The server token is not valid' } });
    await deliver();
  }),
  'messages-waiting': injection(
    'A message has been due for an hour, and no process picks it up.',
    1,
    email,
    async (_, { db }) => timePasses(db, 60 * minute),
  ),
  'messages-delayed': injection(
    'Postmark answers every attempt with an error of its own (100), for a quarter of an hour.',
    3,
    email,
    async ({ nextEmail, deliver }) => {
      for (const wait of [1, 2, 4, 8, 0]) {
        nextEmail.push(refused(100, 'Maintenance'));
        await deliver(wait * minute + (wait === 0 ? 0 : 1_000));
      }
    },
  ),
  'messages-unconfirmed': injection(
    'Slack hangs up after taking a message, and does not let us look whether it is there.',
    3,
    toOurChannel,
    async ({ nextSlack, nextHistory, deliver }) => {
      nextSlack.push({ hangUp: true });
      nextHistory.push({ body: { ok: false, error: 'missing_scope' } });
      await deliver(minute);
      await deliver();
    },
  ),
  'messages-failed': injection('Postmark rejects the message.', 3, email, async ({ nextEmail, deliver }) => {
    nextEmail.push(refused(300, "Invalid 'Subject'"));
    await deliver();
  }),
  'postmark-reports-waiting': {
    how: 'A report came an hour ago, and no process applies it.',
    exitCode: 1,
    inject: ({ db }) =>
      run(
        db,
        `insert into ops.postmark_report (report_key, record_type, payload, received_at)
          values ('wrong', 'Delivery', '{}', clock_timestamp() - interval '1 hour')`,
      ),
    repair: ({ db }) => run(db, `delete from ops.postmark_report where report_key = 'wrong'`),
  },
  'postmark-reports-unread': {
    how: 'Something that is not JSON is sent to the webhook.',
    exitCode: 0,
    inject: ({ db }) => keepReport(db, null, Buffer.from('{"RecordType":'), new Date()),
    repair: ({ db }) => run(db, 'delete from ops.postmark_report'),
  },
  'recipients-refused': injection(
    'Postmark reports that an address is inactive; a person has dealt with the message.',
    0,
    email,
    async ({ nextEmail, deliver }, { db }) => {
      nextEmail.push(refused(406, 'Inactive recipient'));
      await deliver();
      await run(db, `delete from ops.outbox where dedupe_key = 'wrong'`);
    },
  ),
};

/** The other way in which a channel is refused. */
export const ourChannelIsGone: Injection = injection(
  'Slack says that the channel of SLACK_CHANNEL is archived.',
  1,
  toOurChannel,
  async ({ nextSlack, deliver }) => {
    nextSlack.push({ body: { ok: false, error: 'is_archived' } });
    await deliver();
  },
);
