import { agentMatches } from './agent-matches/job.ts';
import { agentSummaries } from './agent-summaries/job.ts';
import { alerts } from './alerts/job.ts';
import type { Job } from './define-job.ts';
import type { SchedulerDeps } from './deps.ts';
import { leadMessages } from './lead-messages/job.ts';
import { leadOffers } from './lead-offers/job.ts';
import { followLegacy } from './old-crm/follow-legacy.ts';
import { writeBackJob } from './old-crm/write-back.ts';
import { checkBooks } from './upkeep/check-books.ts';
import { pruning } from './upkeep/pruning.ts';

/** The background jobs of `openhouse start`, in the order in which they are shown. */
export const jobs: readonly Job<SchedulerDeps>[] = [
  alerts,
  agentMatches,
  agentSummaries,
  leadOffers,
  leadMessages,
  followLegacy,
  writeBackJob,
  pruning,
  checkBooks,
];

/** A job by its name; `undefined` if there is none (any longer). */
export const jobNamed = (name: string): Job<SchedulerDeps> | undefined => jobs.find((job) => job.name === name);
