import { type Kysely, sql } from 'kysely';
import { loadOwnerships } from '../../importers/differences/ownerships.ts';
import { loadMapping } from '../../importers/mappings/load-mapping.ts';
import { errorMessage } from '../../platform/errors.ts';
import { withoutAddresses } from '../../platform/logging/without-addresses.ts';
import { projectionStatus } from '../../projections/index.ts';
import { typed } from '../../tables/database.ts';
import type { QueryDeps } from '../deps.ts';
import { ifThere } from '../if-there.ts';
import { type Following, readFollowing } from '../importing/following.ts';
import { type Misfit, misfits } from '../importing/misfits.ts';
import { ownershipFacts } from '../importing/ownership-facts.ts';
import { nextRuns } from '../jobs/job-slots.ts';
import { type JobStatus, readJobs } from '../jobs/jobs.ts';
import { checkParts, inTime, type Part } from '../parts.ts';
import { type RunningProcess, readProcesses } from '../processes.ts';
import { type Condition, type Finding, type Look, type Severity, severities } from './condition.ts';
import { conditions } from './list.ts';
import { eventStoreDown, postgresDown, unchecked } from './servers.ts';

/** A condition that holds now, with its subject. */
export type Problem = {
  /** The condition's name. */
  readonly condition: string;
  readonly label: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly text: string;
  readonly since: Date | null;
  readonly whatToDo: string;
  /** The console page with the details. */
  readonly href: string | null;
};

export type Examination = {
  /** The worst severity found; `null` when nothing is wrong. */
  readonly worst: Severity | null;
  /** Worst first. */
  readonly problems: readonly Problem[];
  readonly parts: readonly Part[];
  readonly processes: readonly RunningProcess[];
  readonly jobs: readonly JobStatus[];
  readonly builds: Look['builds'];
  readonly following: Following | null;
};

/** PostgreSQL cancels a statement that takes longer. */
const statementTimeoutMs = 4_000;

/**
 * Checks every condition. Never throws, and never takes longer than a few seconds: a server that has not answered by
 * then is a problem itself, and so is a condition that could not be checked.
 */
export const examine = async (deps: QueryDeps): Promise<Examination> => {
  const { postgres, eventStore } = await checkParts(deps);
  const problems: Problem[] = [];
  const add = (condition: Condition, finding: Finding) => problems.push(toProblem(condition, finding));
  if (!postgres.working)
    add(postgresDown, { subject: 'PostgreSQL', text: `PostgreSQL does not answer: ${postgres.detail}` });
  if (!eventStore.working)
    add(eventStoreDown, {
      subject: 'event store',
      text: `The event store does not answer: ${eventStore.detail}`,
      since: eventStore.awaySince,
    });

  let found: Omit<Examination, 'worst' | 'problems' | 'parts'> = {
    processes: [],
    jobs: [],
    builds: [],
    following: null,
  };
  if (postgres.working) {
    try {
      found = await inTime(lookAtAll(deps, eventStore.working, add), 10_000);
    } catch (error) {
      add(unchecked, { subject: 'PostgreSQL', text: `Not everything could be checked: ${errorMessage(error)}` });
    }
  }
  problems.sort((one, other) => severities.indexOf(other.severity) - severities.indexOf(one.severity));
  return { worst: problems[0]?.severity ?? null, problems, parts: [postgres, eventStore], ...found };
};

const lookAtAll = async (
  deps: QueryDeps,
  eventStoreWorks: boolean,
  add: (condition: Condition, finding: Finding) => void,
): Promise<Pick<Examination, 'processes' | 'jobs' | 'builds' | 'following'>> =>
  await deps.db.connection().execute(async (connection) => {
    await sql`set statement_timeout = ${sql.lit(statementTimeoutMs)}`.execute(connection);
    try {
      const look = await prepare(deps, connection, eventStoreWorks, add);
      for (const condition of conditions) {
        if (condition.needsEventStore === true && !eventStoreWorks) continue;
        try {
          for (const finding of await ifThere(inTime(Promise.resolve(condition.look(look)), 5_000), []))
            add(condition, finding);
        } catch (error) {
          add(unchecked, {
            subject: condition.name,
            text: `The check for "${condition.label}" failed: ${errorMessage(error)}`,
          });
        }
      }
      return look;
    } finally {
      await sql`reset statement_timeout`.execute(connection).catch(() => {});
    }
  });

const prepare = async (
  { store, config, clock }: QueryDeps,
  connection: Kysely<unknown>,
  eventStoreWorks: boolean,
  add: (condition: Condition, finding: Finding) => void,
): Promise<Look> => {
  const asked = Date.now();
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(connection);
  const clockAheadMs = (asked + Date.now()) / 2 - rows[0]!.now.getTime();
  const orNone = async <Row>(subject: string, work: Promise<readonly Row[]>): Promise<readonly Row[]> => {
    try {
      return await inTime(work, 5_000);
    } catch (error) {
      add(unchecked, { subject, text: `The ${subject} could not be checked: ${errorMessage(error)}` });
      return [];
    }
  };
  const processes = await orNone('processes', readProcesses(connection));
  const jobs = await orNone('jobs', readJobs(connection, nextRuns(clock.now(), config.timeZone)));
  const builds = eventStoreWorks
    ? await orNone('read models', ifThere(projectionStatus({ db: connection, store }, { entries: [] }), []))
    : [];
  const { mongoUrl, followSweepMinutes } = config;
  const [following = null] = await orNone(
    'state of following the old CRM',
    readFollowing(connection, { now: rows[0]!.now, mongoUrl }).then((found) => (found === null ? [] : [found])),
  );
  const findMisfits = async (): Promise<readonly Misfit[]> => {
    const crm = { mapping: await loadMapping(config.mapping), live: true };
    const { shared, types } = await ownershipFacts(connection, await loadOwnerships(store), crm, rows[0]!.now);
    return misfits(shared, types);
  };
  const found =
    mongoUrl !== undefined && eventStoreWorks
      ? await orNone('owners of the record types', ifThere(findMisfits(), []))
      : [];
  return {
    db: typed(connection),
    connection,
    store,
    now: rows[0]!.now,
    clockAheadMs,
    home: config.home,
    timeZone: config.timeZone,
    brokerage: config.brokerage,
    sendsEmail: config.postmark !== undefined,
    receivesReports: config.postmarkWebhookSecret !== undefined,
    quarantineLimit: config.quarantineLimit,
    processes,
    jobs,
    builds,
    following,
    misfits: found,
    sweepEveryMs: followSweepMinutes * 60_000,
  };
};

const toProblem = ({ name, label, severity, whatToDo, href }: Condition, finding: Finding): Problem => ({
  condition: name,
  label,
  severity: finding.severity ?? severity,
  subject: finding.subject,
  // Errors from other systems may quote a person's address.
  text: withoutAddresses(finding.text),
  since: finding.since ?? null,
  whatToDo,
  href,
});
