import { sql } from 'kysely';
import { signingKey } from '../../delivery/signed-link.ts';
import { historyUntil } from '../../eventstore/origin.ts';
import { checkEventStore } from '../check-event-store.ts';
import type { StoreDeps } from '../deps.ts';
import { alertJob } from '../job-names.ts';
import { type JobOutcome, type Occasion, runJob } from '../job-run.ts';
import { reachedBy } from '../read-models.ts';
import { followSearches } from './follow-searches.ts';
import { alertModels, countHeld } from './held-records.ts';
import { matchChanges } from './match-changes.ts';
import { countOnHold } from './on-hold.ts';
import { queueDigests } from './queue-digests.ts';

export type AlertDeps = StoreDeps & {
  /** Where links in e-mails lead: `https://crm.example.com`. */
  readonly baseUrl: string;
};

export type AlertCounts = {
  /** Changes of listings since the last run. */
  readonly changes: number;
  /** Pairs of a change and a search that the database proposed, and those that matched. */
  readonly candidates: number;
  readonly matches: number;
  readonly digests: number;
  /** Homes told of, over all digests. */
  readonly homes: number;
  /** Matches that came to nothing. */
  readonly dropped: number;
  /** Matches that wait for a daily or weekly digest, or for a record that is held. */
  readonly waiting: number;
  /** Matches with changes from before this database was set up: they wait until a person releases them. Missing: none. */
  readonly history?: number;
  /** Listings, searches and leads that are left out until somebody mends what parked their events. */
  readonly held: number;
  /** Saved searches that send nothing until somebody has put right what was not understood in them. */
  readonly onHold: number;
};

export type AlertTick = {
  readonly counts: AlertCounts;
  readonly droppedBy: Readonly<Record<string, number>>;
  /** How many searches are on hold, by reason, in words. */
  readonly onHold: Readonly<Record<string, number>>;
};

/**
 * One run of the alerts: every change of a listing since the last run against every active saved search, then one e-mail
 * to each lead of whom something is due. Nobody is told the same twice, and nobody who opted out is told anything. The
 * run is on record in `ops.job_run`.
 *
 * @returns that it did not run, if another process is at it or that slot has been run
 * @example const tick = await runAlertTick(deps); if (tick.ran) console.log(tick.result.counts.digests);
 */
export const runAlertTick = async (
  deps: AlertDeps,
  occasion: Occasion = { scheduledFor: deps.clock.now(), trigger: 'person' },
): Promise<JobOutcome<AlertTick>> =>
  await runJob(deps, alertJob, occasion, async ({ db, signal, jobRunId }) => {
    const { store, clock, baseUrl } = deps;
    await checkEventStore(db, store, alertModels);
    const history = await historyUntil(db);
    const reached = await reachedBy(db, alertModels);
    const matched = await matchChanges(db, reached, { now: clock.now(), signal });
    // After many inserts PostgreSQL would plan the next queries for the table as it was before.
    if (matched.matches > 1_000) await sql`analyze ops.alert_pending`.execute(db);
    await followSearches(db);
    const unsubscribeKey = await signingKey(db, 'unsubscribe');
    const queued = await queueDigests(db, { now: clock.now(), history, jobRunId, baseUrl, unsubscribeKey, signal });
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
  });
