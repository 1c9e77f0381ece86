import { sql } from 'kysely';
import type { AnyDatabase } from '../../database.ts';

/** The addresses of the brokerage's staff, and their phone numbers. */
export const identitiesOfStaff = async (db: AnyDatabase): Promise<ReadonlySet<string>> => {
  const { rows } = await sql<{ identity: string }>`
    select identity from ops.import_identity where collection = 'users'
    union
    select 'phone:' || (payload -> 'fields' ->> 'memberMobilePhone') from ops.import_document
    where collection = 'users' and payload -> 'fields' ->> 'memberMobilePhone' is not null`.execute(db);
  return new Set(rows.map(({ identity }) => identity));
};
