import type { Severity } from '../../queries/conditions/condition.ts';
import { examine, type Problem } from '../../queries/conditions/examine.ts';
import type { QueryDeps } from '../../queries/deps.ts';
import type { Following } from '../../queries/importing/following.ts';
import { countQuarantine } from '../../queries/importing/quarantine.ts';
import type { JobStatus } from '../../queries/jobs/jobs.ts';
import { countOutbox } from '../../queries/messages/outbox.ts';
import { type Reports, readReports } from '../../queries/messages/reports.ts';
import { inTime, type Part } from '../../queries/parts.ts';
import type { RunningProcess } from '../../queries/processes.ts';
import { liveProjections, type ProjectionStatus } from '../../queries/projections.ts';

/**
 * The overall status:
 * - `down`: a server does not answer
 * - `degraded`: something that should happen does not
 * - `attention`: everything runs, but a person has to do something
 * - `ok`: no one has to do anything
 */
export type Health = {
  readonly status: 'ok' | 'attention' | 'degraded' | 'down';
  /** Every condition that holds, worst first. */
  readonly problems: readonly Problem[];
  readonly parts: readonly Part[];
  readonly processes: readonly RunningProcess[];
  readonly projections: readonly ProjectionStatus[];
  readonly jobs: readonly JobStatus[];
  readonly outbox: Awaited<ReturnType<typeof countOutbox>>;
  /** What Postmark has reported in the last week. */
  readonly postmarkReports: Reports;
  readonly quarantined: number;
  /** How far the old CRM's live database is followed; `null` if none is. */
  readonly following: Following | null;
};

const statusOf: Readonly<Record<Severity, Health['status']>> = {
  note: 'ok',
  attention: 'attention',
  broken: 'degraded',
  down: 'down',
};

const noReports: Reports = { lastReceivedAt: null, waiting: 0, counts: [] };

/** Takes some seconds at most; a server that has not answered by then is reported as down. */
const readHealth = async (deps: QueryDeps): Promise<Health> => {
  const { worst, problems, parts, processes, jobs, builds, following } = await examine(deps);
  const reachable = parts.every(({ name, working }) => name !== 'PostgreSQL' || working);
  const counts = reachable
    ? Promise.all([countOutbox(deps.db), countQuarantine(deps.db), readReports(deps.db)])
    : Promise.resolve(null);
  const [outbox, quarantine, postmarkReports] = (await inTime(counts).catch(() => null)) ?? [[], [], noReports];
  return {
    status: worst === null ? 'ok' : statusOf[worst],
    problems,
    parts,
    processes,
    projections: liveProjections(builds),
    jobs,
    outbox,
    postmarkReports,
    following,
    quarantined: quarantine.reduce((sum, { count }) => sum + count, 0),
  };
};

/** How long a result is reused, for example by a page, metrics and a health check at the same moment. */
const sharedForMs = 250;

/** Concurrent callers share one examination, so a slow server is not asked more often the slower it gets. */
export const createHealth = (deps: QueryDeps): (() => Promise<Health>) => {
  let look: { readonly health: Promise<Health>; endedAt: number } | null = null;
  return () => {
    if (look !== null && Date.now() - look.endedAt < sharedForMs) return look.health;
    const mine = { health: readHealth(deps), endedAt: Number.POSITIVE_INFINITY };
    look = mine;
    const ended = () => {
      mine.endedAt = Date.now();
    };
    mine.health.then(ended, ended);
    return mine.health;
  };
};

export type ReadHealth = ReturnType<typeof createHealth>;
