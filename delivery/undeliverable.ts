import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';
import { typed } from '../tables/database.ts';
import type { Channel } from './outbox.ts';
import type { Refusal } from './outcome.ts';

/** A recipient that Postmark or Slack permanently refuses. */
export type Undeliverable = {
  readonly channel: Channel;
  /** An e-mail address in lower case, or a Slack user or channel. */
  readonly recipient: string;
  readonly refusal: Refusal;
  readonly reason: string;
  readonly since: Date;
};

/** The name under which a recipient is stored; e-mail addresses are case-insensitive. */
export const recipientName = (channel: Channel, recipient: string): string =>
  channel === 'email' ? recipient.toLowerCase() : recipient;

/** Those of `recipients` that are refused, by `recipientName`. */
export const readUndeliverable = async (
  db: Kysely<unknown>,
  channel: Channel,
  recipients: readonly string[],
): Promise<ReadonlyMap<string, Undeliverable>> => {
  const names = recipients.map((recipient) => recipientName(channel, recipient));
  if (names.length === 0) return new Map();
  const rows = await typed(db)
    .selectFrom('ops.undeliverableRecipient')
    .select(['channel', 'recipient', 'refusal', 'reason', 'since'])
    .$narrowType<Pick<Undeliverable, 'channel' | 'refusal'>>()
    .where('channel', '=', channel)
    .where('recipient', 'in', names)
    .execute();
  return new Map(rows.map((row) => [row.recipient, row]));
};

/** Records that a recipient was refused; the first reason is kept. */
export const noteUndeliverable = async (
  db: Kysely<unknown>,
  one: Omit<Undeliverable, 'since'> & { readonly outboxId: string | null; readonly since?: Date },
): Promise<void> => {
  await typed(db)
    .insertInto('ops.undeliverableRecipient')
    .values({ ...one, recipient: recipientName(one.channel, one.recipient) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};

/** A person fixed it (the address was reactivated at Postmark, the user is back), so messages go there again. */
export const forgetUndeliverable = async (db: QueryExecutorProvider, recipient: string): Promise<boolean> => {
  const { numAffectedRows } = await sql`
    delete from ops.undeliverable_recipient
    where (channel, recipient) in (('email', ${recipientName('email', recipient)}), ('slack', ${recipient}))`.execute(
    db,
  );
  return (numAffectedRows ?? 0n) > 0n;
};

/**
 * Slack accepted messages to these after all (the channel was unarchived, the app was invited), so the refusal no
 * longer applies.
 */
export const reachableAgain = async (db: QueryExecutorProvider, outboxIds: readonly string[]): Promise<void> => {
  await sql`
    delete from ops.undeliverable_recipient as noted using ops.outbox as message
    where message.outbox_id = any (${outboxIds}::uuid[]) and noted.channel = message.channel
      and noted.recipient = message.recipient`.execute(db);
};
