import { sql } from 'kysely';

/** What a lead is called in lists, from the columns of `read.leads`: the name or, without one, how to reach the person. */
export const leadName = sql<string | null>`
  coalesce(nullif(concat_ws(' ', first_name, last_name), ''), email, mobile_phone)`;
