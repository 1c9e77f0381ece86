import { type RawBuilder, sql } from 'kysely';

/**
 * SQL: whether someone with this e-mail address (canonical) opted out, as any lead: several leads can have the same
 * address, and the person who reads its mail said no. Requests that are not events yet count, too.
 */
export const isOptedOutAddress = (address: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`exists (
  select from read.leads as other where other.email_opt_out and other.email = (${address})::text
  union all
  select from read.leads as other where other.email_opt_out and other.other_emails @> array[(${address})::text]
  union all
  select from ops.opt_out_request join read.leads as other using (contact_key)
    where other.email = (${address})::text or other.other_emails @> array[(${address})::text]
)`;
