import { type RawBuilder, sql } from 'kysely';
import { notAhead } from '../../../platform/database/times-ahead.ts';

/** Ticks do not come to the second; without some leeway a daily digest would slip to a later tick every day. */
const leewayMinutes = 5;

/**
 * SQL: whether the buyer of `search` (a saved search) may be told now. `told` is its row in `ops.alert_search`, if it has
 * one. ASAP at every tick; Daily and Weekly when the last time (also the last one of the old CRM) is a day or a week ago; what
 * matched meanwhile waits in
 * `ops.alert_pending`, also when the schedule changes.
 */
export const isDue = (now: Date): RawBuilder<boolean> => sql<boolean>`(
  coalesce(search.schedule_type, 'ASAP') not in ('Daily', 'Weekly')
  or coalesce(
    greatest(${notAhead(sql`told.last_told_at`, now)}, ${notAhead(sql`search.last_sent_timestamp`, now)}) <= ${now}::timestamptz + make_interval(mins => ${leewayMinutes})
      - case search.schedule_type when 'Daily' then interval '1 day' else interval '7 days' end,
    true
  )
)`;
