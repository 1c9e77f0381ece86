import { ago, type Condition, counted } from './condition.ts';

const named = (channel: string, count: number) =>
  channel === 'email' ? counted(count, 'e-mail') : counted(count, 'Slack message');

export const messagesFailed: Condition = {
  name: 'messages-failed',
  label: 'Messages could not be sent',
  severity: 'attention',
  detected: 'There are messages in the outbox in the state `failed`.',
  seenWithin: 'at once',
  whatToDo:
    'The outbox says for each message why. `openhouse outbox retry <id>` sends it again once the reason is gone.',
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
      text: `${named(channel, Number(count))} could not be sent`,
    }));
  },
};

/** Due for so long, and nobody took it up: nobody delivers. Delivery looks every three seconds. */
const dueForMs = 45_000;

export const messagesWaiting: Condition = {
  name: 'messages-waiting',
  label: 'Messages are not being sent',
  severity: 'broken',
  detected: `Messages have been due for more than ${dueForMs / 1_000} s, or their sender has not come back from them in time.`,
  seenWithin: '45 s',
  whatToDo: 'See whether `openhouse start` runs and what its log says, or send them now with `openhouse outbox send`.',
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
      text: `${named(channel, Number(count))} should have gone out and did not, the oldest written ${ago(now, oldest)} ago`,
      since: oldest,
    }));
  },
};

/** Retries begin after a minute: at the third one somebody should know. */
const pendingForMs = 15 * 60_000;

export const messagesDelayed: Condition = {
  name: 'messages-delayed',
  label: 'Messages have been tried for a while',
  severity: 'attention',
  detected: `Messages written more than ${pendingForMs / 60_000} minutes ago have been tried and are still pending.`,
  seenWithin: 'at once, from that age on',
  whatToDo: 'The outbox says what the provider answered last. They are tried again by themselves, less and less often.',
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
      text: `${named(channel, Number(count))} tried and not sent yet, the oldest written ${ago(now, oldest)} ago`,
      since: oldest,
    }));
  },
};

export const channelRefused: Condition = {
  name: 'channel-refused',
  label: 'A provider takes no messages from us',
  severity: 'broken',
  detected:
    'It answered an attempt in a way that concerns all messages (a refused token, say): the channel is on record as stopped.',
  seenWithin: 'at once',
  whatToDo:
    'Check the token and the sender (POSTMARK_*, SLACK_*). Messages wait; the channel is tried every minute, and they go out by themselves once it takes them.',
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
    return rows.map(({ channel, error, since, waiting }) => ({
      subject: channel,
      text: `No ${channel === 'email' ? 'e-mail' : 'Slack message'} goes out, and ${counted(Number(waiting), 'message waits', 'messages wait')}: ${error}`,
      since,
    }));
  },
};

export const messagesUnconfirmed: Condition = {
  name: 'messages-unconfirmed',
  label: 'It is not known whether messages went out',
  severity: 'attention',
  detected:
    'An attempt ended without an answer, and looking the message up at the provider did not settle it (`unconfirmed`); for information while it is still being looked up.',
  seenWithin: 'at once',
  whatToDo:
    "Compare with the provider's own list, and decide for each message in the outbox. Those still being looked up need no one.",
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
      text: `It is not known ${state === 'pending' ? 'yet ' : ''}whether ${named(channel, Number(count))} went out`,
      severity: state === 'pending' ? 'note' : 'attention',
    }));
  },
};

export const recipientsRefused: Condition = {
  name: 'recipients-refused',
  label: 'Recipients cannot be reached',
  severity: 'note',
  detected:
    'The provider refused a recipient for good (an inactive address, a Slack user that does not exist); nothing more is sent there.',
  seenWithin: 'at once',
  whatToDo: 'Correct the address of the lead or agent. openhouse outbox deliverable lets one be tried again.',
  href: null,
  look: async ({ db }) => {
    const rows = await db
      .selectFrom('ops.undeliverableRecipient')
      .select(({ fn }) => ['channel', fn.countAll<string>().as('count')])
      .groupBy('channel')
      .execute();
    return rows.map(({ channel, count }) => ({
      subject: channel,
      text: `${counted(Number(count), 'recipient')} of ${channel === 'email' ? 'e-mail' : 'Slack messages'} cannot be reached`,
    }));
  },
};
