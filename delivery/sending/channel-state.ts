import { type Kysely, sql } from 'kysely';
import type { Channel } from '../outbox.ts';
import type { Outcome } from '../outcome.ts';

/** How a channel works: `stopped` says what keeps everything from being sent, until a person puts it right. */
export type ChannelState = {
  readonly channel: Channel;
  readonly state: 'working' | 'stopped';
  readonly since: Date;
  readonly error: string | null;
};

/** The channels that were used so far, and how each works. */
export const readChannels = async (db: Kysely<unknown>): Promise<readonly ChannelState[]> => {
  const { rows } = await sql<ChannelState>`
    select channel, state, since, error from ops.delivery_channel order by channel`.execute(db);
  return rows;
};

export const isStopped = async (db: Kysely<unknown>, channel: Channel): Promise<boolean> =>
  (await readChannels(db)).some((one) => one.channel === channel && one.state === 'stopped');

/** Everything that waits in a channel goes on waiting: what stops one stops all. */
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

/** The provider took something: whatever was wrong is put right. */
export const channelWorks = async (db: Kysely<unknown>, channel: Channel): Promise<void> => {
  await sql`
    insert into ops.delivery_channel (channel, state) values (${channel}, 'working')
    on conflict (channel) do update
    set state = 'working', error = null, since = clock_timestamp(), tried_at = clock_timestamp()
    where delivery_channel.state = 'stopped'`.execute(db);
};
