import { ourChannel } from '../../delivery/outbox.ts';
import { ago } from '../../platform/wording/shown-time.ts';
import { counted } from '../../platform/wording/words.ts';
import type { Condition } from './condition.ts';

const noun = (channel: string) => (channel === 'email' ? 'e-mail' : 'Slack message');

export const messagesFailed: Condition = {
  name: 'messages-failed',
  label: 'Messages could not be sent',
  severity: 'attention',
  detected: 'The outbox has messages in the state `failed`.',
  seenWithin: 'at once',
  whatToDo:
    'The outbox shows the reason for each message. Once it is fixed, `openhouse outbox retry <id>` sends the message again.',
  href: '/outbox?state=failed',
  look: async ({ db }) => {
    const rows = await db
      .selectFrom('ops.outbox')
      .select(({ fn }) => ['channel', fn.countAll<string>().as('count')])
      .where('state', '=', 'failed')
      .groupBy('channel')
      .execute();
    return rows.map(({ channel, count }) => ({
      subject: channel,
      text: `${counted(Number(count), noun(channel))} could not be sent`,
    }));
  },
};

/** Delivery checks every three seconds, so a message that has been due for this long means that nothing is delivering. */
const dueForMs = 45_000;

export const messagesWaiting: Condition = {
  name: 'messages-waiting',
  label: 'Messages are not being sent',
  severity: 'broken',
  detected: `Messages have been due for more than ${dueForMs / 1_000} s, or the process that was sending them has not reported back in time.`,
  seenWithin: '45 s',
  whatToDo: 'Check that `openhouse start` is running, and its log; or send them now with `openhouse outbox send`.',
  href: '/outbox?state=pending',
  look: async ({ db, now }) => {
    const by = new Date(now.getTime() - dueForMs);
    const rows = await db
      .selectFrom('ops.outbox')
      .select(({ fn }) => ['channel', fn.countAll<string>().as('count'), fn.min('createdAt').as('oldest')])
      .where(({ eb, or }) =>
        or([
          eb('state', '=', 'pending').and('nextAttemptAt', '<', by),
          eb('state', '=', 'sending').and('claimedUntil', '<', by),
        ]),
      )
      .groupBy('channel')
      .execute();
    return rows.map(({ channel, count, oldest }) => ({
      subject: channel,
      text: `${counted(Number(count), `overdue ${noun(channel)} has`, `overdue ${noun(channel)}s have`)} not been sent, the oldest queued ${ago(now, oldest)} ago`,
      since: oldest,
    }));
  },
};

/** Retries start after a minute; by the third one a person should know. */
const pendingForMs = 15 * 60_000;

export const messagesDelayed: Condition = {
  name: 'messages-delayed',
  label: 'Messages are delayed',
  severity: 'attention',
  detected: `Messages queued more than ${pendingForMs / 60_000} minutes ago have been tried and are still pending.`,
  seenWithin: 'at once, from that age on',
  whatToDo: "The outbox shows the provider's last answer. openhouse keeps retrying, less and less often.",
  href: '/outbox?state=pending',
  look: async ({ db, now }) => {
    const rows = await db
      .selectFrom('ops.outbox')
      .select(({ fn }) => ['channel', fn.countAll<string>().as('count'), fn.min('createdAt').as('oldest')])
      .where('state', '=', 'pending')
      .where('attempts', '>', 0)
      .where('createdAt', '<', new Date(now.getTime() - pendingForMs))
      .groupBy('channel')
      .execute();
    return rows.map(({ channel, count, oldest }) => ({
      subject: channel,
      text: `${counted(Number(count), `${noun(channel)} is`, `${noun(channel)}s are`)} still being retried, the oldest queued ${ago(now, oldest)} ago`,
      since: oldest,
    }));
  },
};

export const channelRefused: Condition = {
  name: 'channel-refused',
  label: 'A provider rejects all our messages',
  severity: 'broken',
  detected:
    'It gave an answer that concerns all messages, such as an invalid token, so openhouse has stopped the channel; or Slack rejects the channel that SLACK_CHANNEL names.',
  seenWithin: 'at once',
  whatToDo:
    'Check the token and the sender (POSTMARK_*, SLACK_*), and that SLACK_CHANNEL exists and the app is in it. Messages wait; openhouse retries every minute and sends them once the provider accepts them.',
  href: '/outbox?state=pending',
  look: async ({ db }) => {
    const rows = await db
      .selectFrom('ops.deliveryChannel')
      .select(['channel', 'error', 'since'])
      .select((eb) =>
        eb
          .selectFrom('ops.outbox')
          .select(({ fn }) => fn.countAll<string>().as('count'))
          .whereRef('ops.outbox.channel', '=', 'ops.deliveryChannel.channel')
          .where('ops.outbox.state', '=', 'pending')
          .as('waiting'),
      )
      .where('ops.deliveryChannel.state', '=', 'stopped')
      .execute();
    const blocked = await db
      .selectFrom('ops.undeliverableRecipient')
      .select(['reason', 'since'])
      .select((eb) =>
        eb
          .selectFrom('ops.outbox')
          .select(({ fn }) => fn.countAll<string>().as('count'))
          .where('channel', '=', 'slack')
          .where('recipient', '=', ourChannel)
          .where('state', '=', 'pending')
          .as('waiting'),
      )
      .where('channel', '=', 'slack')
      .where('recipient', '=', ourChannel)
      .execute();
    return [
      ...rows.map(({ channel, error, since, waiting }) => ({
        subject: channel,
        text: `No ${noun(channel)}s are being sent, and ${counted(Number(waiting), 'message is', 'messages are')} waiting: ${error}`,
        since,
      })),
      ...blocked.map(({ reason, since, waiting }) => ({
        subject: 'SLACK_CHANNEL',
        text: `Nothing can be sent to our Slack channel, and ${counted(Number(waiting), 'message is', 'messages are')} waiting: ${reason}`,
        since,
      })),
    ];
  },
};

export const messagesUnconfirmed: Condition = {
  name: 'messages-unconfirmed',
  label: 'It is not known whether messages were sent',
  severity: 'attention',
  detected:
    'An attempt got no answer, and looking the message up at the provider did not settle it (`unconfirmed`); only for information while it is still being looked up.',
  seenWithin: 'at once',
  whatToDo:
    "Compare with the provider's own list, and decide for each message in the outbox. Ignore those that are still being looked up.",
  href: '/outbox?state=unconfirmed',
  look: async ({ db }) => {
    const rows = await db
      .selectFrom('ops.outbox')
      .select(({ fn }) => ['channel', 'state', fn.countAll<string>().as('count')])
      .where(({ eb, or }) =>
        or([eb('state', '=', 'unconfirmed'), eb('state', '=', 'pending').and('maybeSentYN', '=', true)]),
      )
      .groupBy(['channel', 'state'])
      .execute();
    return rows.map(({ channel, state, count }) => ({
      subject: `${channel} ${state}`,
      text: `It is not known ${state === 'pending' ? 'yet ' : ''}whether ${counted(Number(count), `${noun(channel)} was`, `${noun(channel)}s were`)} sent`,
      severity: state === 'pending' ? 'note' : 'attention',
    }));
  },
};

export const postalAddressMissing: Condition = {
  name: 'postal-address-missing',
  label: 'E-mails to buyers carry no postal address',
  severity: 'attention',
  detected: 'POSTMARK_SERVER_TOKEN is set, and OPENHOUSE_BROKERAGE_ADDRESS is not.',
  seenWithin: 'at once',
  whatToDo:
    'Set OPENHOUSE_BROKERAGE_ADDRESS to the postal address of the brokerage (12 Main St, Boca Raton, FL 33432), for every process. US law (the CAN-SPAM Act) requires it in commercial e-mail.',
  href: null,
  look: ({ sendsEmail, brokerage }) =>
    sendsEmail && brokerage.postalAddress === undefined
      ? [{ subject: 'OPENHOUSE_BROKERAGE_ADDRESS', text: 'E-mails to buyers are sent without a postal address' }]
      : [],
};

export const recipientsRefused: Condition = {
  name: 'recipients-refused',
  label: 'Recipients cannot be reached',
  severity: 'note',
  detected:
    'The provider permanently rejected a recipient (an inactive address, a Slack user that does not exist); nothing more is sent there.',
  seenWithin: 'at once',
  whatToDo: 'Correct the address of the lead or agent, or allow a recipient again with `openhouse outbox deliverable`.',
  href: null,
  look: async ({ db }) => {
    const rows = await db
      .selectFrom('ops.undeliverableRecipient')
      .select(({ fn }) => ['channel', fn.countAll<string>().as('count')])
      .where(({ eb, or }) => or([eb('channel', '!=', 'slack'), eb('recipient', '!=', ourChannel)]))
      .groupBy('channel')
      .execute();
    return rows.map(({ channel, count }) => ({
      subject: channel,
      text: `${channel === 'email' ? counted(Number(count), 'e-mail address', 'e-mail addresses') : counted(Number(count), 'Slack recipient')} cannot be reached`,
    }));
  },
};
