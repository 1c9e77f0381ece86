import { type RawBuilder, sql } from 'kysely';

/**
 * SQL: whether somebody with this e-mail address (canonical) opted out, whichever lead it was: two leads can have one address, and who
 * reads what is sent to it said no.
 */
export const isOptedOutAddress = (address: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`exists (
  select from read.leads as other where other.email_opt_out and other.email = (${address})::text
  union all
  select from read.leads as other where other.email_opt_out and other.other_emails @> array[(${address})::text]
)`;
