import { type Kysely, sql } from 'kysely';

/** Postmark repeats a report for half a day at most; what could not be understood stays longer, for a person. */
const handledForDays = 7;
const notUnderstoodForDays = 30;
/** How long it is kept who opened and clicked what. */
const opensForDays = 90;

/** Removes old reports, and forgets opens and clicks. @returns how many of each went */
export const pruneReports = async (db: Kysely<unknown>): Promise<{ reports: number; opens: number }> => {
  const reports = await sql`
    delete from ops.postmark_report
    where handled_at < clock_timestamp() - case when payload is null then make_interval(days => ${handledForDays})
      else make_interval(days => ${notUnderstoodForDays}) end
      -- the newest one shows when Postmark last reported anything
      and postmark_report_id < (select max(postmark_report_id) from ops.postmark_report)`.execute(db);
  await sql`
    delete from ops.reactivated_address
    where reactivated_at < clock_timestamp() - make_interval(days => ${handledForDays})`.execute(db);
  const opens = await sql`
    update ops.email_fate
    set opened_at = null, opens = 0, clicked_at = null, clicks = 0, clicked_listing_keys = '{}',
      -- that it was opened also showed that it had been delivered
      delivered_at = coalesce(delivered_at, opened_at, clicked_at)
    where least(opened_at, clicked_at) < clock_timestamp() - make_interval(days => ${opensForDays})`.execute(db);
  return { reports: Number(reports.numAffectedRows ?? 0n), opens: Number(opens.numAffectedRows ?? 0n) };
};
