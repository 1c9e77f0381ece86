import { type Kysely, sql } from 'kysely';
import { shownStatuses } from '../../../domain/listing/index.ts';
import { alertMark } from '../../alert-cursor.ts';
import { reachedBy } from '../../read-models.ts';
import { alertModels } from './held-records.ts';

/**
 * Bounds the memory of what was sent: it forgets homes that have been off the market for two years (such a home may be
 * announced as new again), and leads that have been gone for 90 days (merged into another one, which has taken over
 * their memory). What remains is about homes that are, or recently were, on the market.
 *
 * @returns how many rows were removed
 */
export const pruneMemory = async (db: Kysely<unknown>, now: Date): Promise<number> => {
  // Read models that are behind (for example, being rebuilt) do not show everything yet.
  const mark = await alertMark(db);
  if (mark === null || (await reachedBy(db, alertModels)).position < mark.position) return 0;
  const { numAffectedRows } = await sql`
    delete from ops.sent_memory as memory
    where exists (
      select from read.listings as listing
      where listing.listing_key = memory.listing_key and listing.standard_status <> all (${shownStatuses})
        and listing.updated_at < ${now}::timestamptz - interval '2 years'
    ) or (
      coalesce(memory.sent_at, memory.legacy_sent_at) < ${now}::timestamptz - interval '90 days'
      and not exists (select from read.leads as lead where lead.contact_key = memory.contact_key)
      and not exists (
        select from ops.parked_record as parked where parked.stream_name = 'lead-' || memory.contact_key
      )
    )`.execute(db);
  return Number(numAffectedRows ?? 0n);
};
