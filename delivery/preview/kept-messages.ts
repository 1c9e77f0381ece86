import { type Kysely, sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import type { Channel } from '../outbox.ts';

export type KeptMessage = { readonly messageId: string; readonly outboxId: string; readonly body: object };

/** Keeps requests as they came. */
export const keep = async (db: Kysely<unknown>, channel: Channel, messages: readonly KeptMessage[]): Promise<void> => {
  if (messages.length === 0) return;
  await sql`
    insert into ops.preview_message (message_id, outbox_id, channel, body)
    select * from unnest(
      ${messages.map((message) => message.messageId)}::text[],
      ${messages.map((message) => message.outboxId)}::text[],
      ${messages.map(() => channel)}::text[],
      ${messages.map((message) => JSON.stringify(message.body))}::jsonb[]
    )`.execute(db);
};

/** The request that was kept for a message, if any. */
export const findKept = async (
  db: Kysely<unknown>,
  channel: Channel,
  outboxId: string,
): Promise<readonly (KeptMessage & { readonly receivedAt: Date })[]> => {
  const { rows } = await sql<KeptMessage & { receivedAt: Date }>`
    select message_id, outbox_id, body, received_at
    from ops.preview_message where channel = ${channel} and outbox_id = ${outboxId} order by received_at`.execute(
    camelCased(db),
  );
  return rows;
};

/** The requests to the preview since a time, newest first. */
export const keptSince = async (
  db: Kysely<unknown>,
  channel: Channel,
  since: Date,
  limit: number,
): Promise<readonly KeptMessage[]> => {
  const { rows } = await sql<KeptMessage>`
    select message_id, outbox_id, body from ops.preview_message
    where channel = ${channel} and received_at >= ${since} order by received_at desc limit ${limit}`.execute(
    camelCased(db),
  );
  return rows;
};

/** Replaces the content of a message. @returns whether there is such a message */
export const replaceKept = async (db: Kysely<unknown>, messageId: string, body: object): Promise<boolean> => {
  const { numAffectedRows } = await sql`
    update ops.preview_message set body = body || ${JSON.stringify(body)}::jsonb where message_id = ${messageId}`.execute(
    db,
  );
  return (numAffectedRows ?? 0n) > 0n;
};
