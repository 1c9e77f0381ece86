import { type Kysely, sql } from 'kysely';
import type { Undeliverable } from '../../delivery/undeliverable.ts';
import { ifThere } from '../if-there.ts';

/**
 * Recipients that Postmark or Slack permanently reject: all of them, or those of one lead (its addresses) or agent (its
 * Slack user).
 */
export const readUndeliverable = async (
  db: Kysely<unknown>,
  of?: { readonly aggregate: string; readonly key: string },
): Promise<readonly Undeliverable[]> => {
  const whose =
    of === undefined
      ? sql`true`
      : of.aggregate === 'lead'
        ? sql`channel = 'email' and recipient in (
            select lower(address) from read.leads, unnest(array[email] || coalesce(other_emails, '{}')) as address
            where contact_key = ${of.key})`
        : of.aggregate === 'agent'
          ? sql`channel = 'slack' and recipient in (select slack_user_id from read.agents where member_key = ${of.key})`
          : sql`false`;
  const { rows } = await ifThere(
    sql<Undeliverable>`
      select channel, recipient, refusal, reason, since from ops.undeliverable_recipient
      where ${whose} order by since desc, recipient`.execute(db),
    { rows: [] },
  );
  return rows;
};
