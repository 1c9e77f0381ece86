import { type Kysely, sql } from 'kysely';
import type { Channel } from '../outbox.ts';
import type { Outcome } from '../outcome.ts';

/** Whether a channel works: `stopped` says why nothing can be sent until a person fixes it. */
export type ChannelState = {
  readonly channel: Channel;
  readonly state: 'working' | 'stopped';
  readonly since: Date;
  readonly error: string | null;
};

/** The channels that have been used, with their states. */
const readChannels = async (db: Kysely<unknown>): Promise<readonly ChannelState[]> => {
  const { rows } = await sql<ChannelState>`
    select channel, state, since, error from ops.delivery_channel order by channel`.execute(db);
  return rows;
};

export const isStopped = async (db: Kysely<unknown>, channel: Channel): Promise<boolean> =>
  (await readChannels(db)).some((one) => one.channel === channel && one.state === 'stopped');

/** Makes everything in a channel wait, because what stops one message stops all. */
export const holdChannel = async (
  db: Kysely<unknown>,
  channel: Channel,
  { reason, afterMs, broken = false }: Extract<Outcome, { kind: 'stop' }>,
): Promise<void> => {
  await sql`
    update ops.outbox set next_attempt_at = clock_timestamp() + make_interval(secs => ${afterMs / 1000})
    where channel = ${channel} and state = 'pending'
      and next_attempt_at < clock_timestamp() + make_interval(secs => ${afterMs / 1000})`.execute(db);
  if (!broken) return;
  await sql`
    insert into ops.delivery_channel as before (channel, state, error) values (${channel}, 'stopped', ${reason})
    on conflict (channel) do update
    set state = 'stopped', error = excluded.error, tried_at = clock_timestamp(),
      since = case before.state when 'stopped' then before.since else clock_timestamp() end`.execute(db);
};

/** The provider accepted a message, so whatever was wrong is fixed. */
export const channelWorks = async (db: Kysely<unknown>, channel: Channel): Promise<void> => {
  await sql`
    insert into ops.delivery_channel (channel, state) values (${channel}, 'working')
    on conflict (channel) do update
    set state = 'working', error = null, since = clock_timestamp(), tried_at = clock_timestamp()
    where delivery_channel.state = 'stopped'`.execute(db);
};
