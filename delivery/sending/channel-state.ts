import { type Kysely, sql } from 'kysely';
import { typed } from '../../tables/database.ts';
import type { Channel } from '../outbox.ts';
import type { Outcome } from '../outcome.ts';

/** Whether nothing can be sent in a channel until a person fixes it. */
export const isStopped = async (db: Kysely<unknown>, channel: Channel): Promise<boolean> => {
  const row = await typed(db)
    .selectFrom('ops.deliveryChannel')
    .select('state')
    .where('channel', '=', channel)
    .executeTakeFirst();
  return row?.state === 'stopped';
};

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
