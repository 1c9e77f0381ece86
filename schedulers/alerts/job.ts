import { sql } from 'kysely';
import { noFooter } from '../../delivery/email/footer.ts';
import { signingKey } from '../../delivery/signed-link.ts';
import { forLongWork } from '../../eventstore/event-store.ts';
import { historyUntil } from '../../eventstore/positions/origin.ts';
import { checkEventStore } from '../check-event-store.ts';
import { defineJob, done, internal, type JobRun, standing } from '../define-job.ts';
import type { SchedulerDeps } from '../deps.ts';
import { reachedBy } from '../read-models.ts';
import { queueDigests } from './digests/queue-digests.ts';
import { alertModels, countHeld } from './matching/held-records.ts';
import { matchChanges } from './matching/match-changes.ts';
import { followSearches } from './searches/follow-searches.ts';
import { countOnHold } from './searches/on-hold.ts';

export type AlertDeps = Omit<SchedulerDeps, 'timeZone' | 'offerMinutes'>;

export type AlertCounts = {
  /** Changes of listings since the last run. */
  readonly changes: number;
  /** Pairs of a change and a search that the database proposed, and those that matched. */
  readonly candidates: number;
  readonly matches: number;
  readonly digests: number;
  /** Homes in all digests together. */
  readonly homes: number;
  /** Matches that did not become news. */
  readonly dropped: number;
  /** Matches that wait for a daily or weekly digest, or for a held record. */
  readonly waiting: number;
  /**
   * Matches with changes from before this database was set up; they wait until a person releases them. Missing: none.
   */
  readonly history?: number;
  /** Listings, searches and leads that are left out until someone fixes what parked their events. */
  readonly held: number;
  /** Saved searches that send nothing until someone corrects what was not understood in them. */
  readonly onHold: number;
};

export type AlertTick = {
  readonly counts: AlertCounts;
  readonly droppedBy: Readonly<Record<string, number>>;
  /** How many searches are on hold, by reason, in words. */
  readonly onHold: Readonly<Record<string, number>>;
};

/**
 * One run: every change of a listing since the last run is matched against every active saved search, then each lead
 * with news gets one e-mail. No one is notified of the same thing twice, and no one who opted out is notified at all.
 *
 * @example const tick = await runJob(alerts, deps); if (tick.ran) console.log(tick.result.counts.digests);
 */
export const alerts = defineJob({
  name: 'alerts',
  label: 'Property alerts',
  schedule: '0 */15 * * * *',
  timeLimitMs: 10 * 60_000,
  counts: {
    changes: done('changes on the market', 'change on the market'),
    candidates: internal('pairs of a change and a search compared'),
    matches: done('matched a saved search'),
    digests: done('e-mails queued', 'e-mail queued'),
    homes: done('homes in them', 'home in them'),
    dropped: done(
      'matches not sent (already sent, opted out, off the market)',
      'match not sent (already sent, opted out, off the market)',
    ),
    waiting: standing('wait for a daily or weekly e-mail', 'waits for a daily or weekly e-mail'),
    history: standing(
      'are from before this database was set up, and wait for a person',
      'is from before this database was set up, and waits for a person',
    ),
    held: standing(
      'records left out until their parked events are fixed',
      'record left out until its parked events are fixed',
    ),
    onHold: standing('active saved searches on hold', 'active saved search on hold'),
  },
  run: async ({
    db,
    signal,
    jobRunId,
    store: given,
    clock,
    baseUrl,
    footer = noFooter,
  }: AlertDeps & JobRun): Promise<AlertTick> => {
    const store = forLongWork(given, signal);
    await checkEventStore(db, store, alertModels);
    const history = await historyUntil(db);
    const reached = await reachedBy(db, alertModels);
    const matched = await matchChanges(db, reached, { now: clock.now(), signal });
    // After many inserts PostgreSQL would plan the next queries for the table's former size.
    if (matched.matches > 1_000) await sql`analyze ops.alert_pending`.execute(db);
    await followSearches(db);
    const unsubscribeKey = await signingKey(db, 'unsubscribe');
    const queued = await queueDigests(db, {
      now: clock.now(),
      history,
      jobRunId,
      baseUrl,
      footer,
      unsubscribeKey,
      signal,
    });
    const dropped = Object.values(queued.dropped).reduce((sum, count) => sum + count, 0);
    const { rows } = await sql<{ waiting: number; history: number }>`
      select count(*) filter (where change_position > ${history})::int as waiting,
        count(*) filter (where change_position <= ${history})::int as history
      from ops.alert_pending`.execute(db);
    const { digests, homes } = queued;
    const onHold = await countOnHold(db);
    return {
      counts: {
        ...matched,
        digests,
        homes,
        dropped,
        waiting: rows[0]!.waiting,
        ...(rows[0]!.history === 0 ? {} : { history: rows[0]!.history }),
        held: await countHeld(db),
        onHold: onHold.searches,
      },
      droppedBy: queued.dropped,
      onHold: onHold.byReason,
    };
  },
});
