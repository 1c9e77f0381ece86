import { type RawBuilder, sql } from 'kysely';
import { notAhead } from '../../../platform/database/times-ahead.ts';

/** Ticks are not exact to the second; without some leeway a daily digest would move to a later tick every day. */
const leewayMinutes = 5;

/**
 * SQL: whether the buyer of `search` (a saved search) may be notified now. `sent` is its row in `ops.alert_search`, if
 * any. ASAP searches are due at every tick; Daily and Weekly ones if the last time (including the old CRM's) was a day
 * or a week ago. Whatever matches in between waits in `ops.alert_pending`, even if the schedule changes.
 */
export const isDue = (now: Date): RawBuilder<boolean> => sql<boolean>`(
  coalesce(search.schedule_type, 'ASAP') not in ('Daily', 'Weekly')
  or coalesce(
    greatest(${notAhead(sql`sent.last_sent_at`, now)}, ${notAhead(sql`search.last_sent_timestamp`, now)}) <= ${now}::timestamptz + make_interval(mins => ${leewayMinutes})
      - case search.schedule_type when 'Daily' then interval '1 day' else interval '7 days' end,
    true
  )
)`;
