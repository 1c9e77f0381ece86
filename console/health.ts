import { errorMessage } from '../platform/errors.ts';
import { type JobStatus, readJobs } from '../queries/jobs.ts';
import { countOutbox } from '../queries/outbox.ts';
import { checkParts, inTime, type Part } from '../queries/parts.ts';
import { type ProjectionStatus, readProjections } from '../queries/projections.ts';
import { countQuarantine } from '../queries/quarantine.ts';
import { leadMatchingJob } from '../schedulers/job-names.ts';
import type { ConsoleDeps } from './deps.ts';
import { nextRuns } from './next-runs.ts';

/** Something that a person has to look at, in words, and the page where. */
export type Attention = { readonly text: string; readonly href: string | null };

/**
 * How everything is:
 * - `down`: a server does not answer
 * - `degraded`: something waits for a person, or does not keep up
 * - `ok`: nobody has to do anything
 */
export type Health = {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly parts: readonly Part[];
  readonly projections: readonly ProjectionStatus[];
  readonly jobs: readonly JobStatus[];
  readonly outbox: Awaited<ReturnType<typeof countOutbox>>;
  readonly quarantined: number;
  readonly attention: readonly Attention[];
};

/** Looks at every part; a part that does not answer is told, and the rest is left out. */
export const readHealth = async (deps: ConsoleDeps): Promise<Health> => {
  const { postgres, eventStore } = await checkParts(deps);
  const parts = [postgres, eventStore];
  const down = parts
    .filter(({ working }) => !working)
    .map(({ name, detail }) => ({ text: `${name} does not answer: ${detail}`, href: null }));
  if (!postgres.working) {
    return { status: 'down', parts, projections: [], jobs: [], outbox: [], quarantined: 0, attention: down };
  }
  const untold = (error: unknown): [] => {
    down.push({ text: `How the read models are cannot be told: ${errorMessage(error)}`, href: null });
    return [];
  };
  const [projections, jobs, outbox, quarantine] = await Promise.all([
    // How far they lag, only the event store can tell.
    eventStore.working ? inTime(readProjections(deps)).catch(untold) : [],
    readJobs(deps.db, nextRuns(deps.clock.now(), deps.config.timeZone)),
    countOutbox(deps.db),
    countQuarantine(deps.db),
  ]);
  const quarantined = quarantine.reduce((sum, { count }) => sum + count, 0);
  const attention = [...down, ...projections.flatMap(aboutProjection), ...jobs.flatMap(aboutJob)];
  const failed = outbox.filter(({ state }) => state === 'failed').reduce((sum, { count }) => sum + count, 0);
  if (failed > 0)
    attention.push({ text: `${counted(failed, 'message')} could not be sent`, href: '/outbox?state=failed' });
  if (quarantined > 0) {
    const text = `${counted(quarantined, 'imported document')} could not become ${quarantined === 1 ? 'a record' : 'records'}`;
    attention.push({ text, href: '/quarantine' });
  }
  const status = parts.some(({ working }) => !working) ? 'down' : attention.length > 0 ? 'degraded' : 'ok';
  return { status, parts, projections, jobs, outbox, quarantined, attention };
};

const counted = (count: number, what: string) => `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;

const aboutProjection = ({ name, error, parked }: ProjectionStatus): Attention[] => [
  ...(error === null ? [] : [{ text: `The read model ${name} does not go on: ${error}`, href: null }]),
  ...(parked === 0 ? [] : [{ text: `${counted(parked, 'event')} parked by the read model ${name}`, href: null }]),
];

const aboutJob = ({ job, lastRun }: JobStatus): Attention[] => {
  if (lastRun?.result === 'failed') return [{ text: `The last run of ${job} failed: ${lastRun.error}`, href: null }];
  const nobodyFits = job === leadMatchingJob ? (lastRun?.counts.nobodyFits ?? 0) : 0;
  if (nobodyFits === 0) return [];
  return [{ text: `${counted(nobodyFits, 'new lead')} ${nobodyFits === 1 ? 'fits' : 'fit'} no agent`, href: '/leads' }];
};
