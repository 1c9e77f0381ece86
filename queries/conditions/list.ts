import type { Condition } from './condition.ts';
import { jobFailed, jobOverdue, jobOverlong, leadsNobodyCanTake, lockWait, timeAhead } from './jobs.ts';
import {
  channelRefused,
  messagesDelayed,
  messagesFailed,
  messagesUnconfirmed,
  messagesWaiting,
  recipientsRefused,
} from './messages.ts';
import { clockDiffers, noProcess, processSilent } from './processes.ts';
import { aheadOfStore, eventsParked, readModelBehind, readModelFailing, readModelsMissing } from './read-models.ts';
import { importUnfinished, offersOverdue, quarantined, searchesOnHold } from './records.ts';
import {
  connectionsRunOut,
  diskNearlyFull,
  eventStoreDown,
  postgresDown,
  schemaDiffers,
  unchecked,
} from './servers.ts';

/**
 * Everything that can be wrong, in the order in which it is shown: what stops most comes first.
 * docs/when-something-is-wrong.md describes each.
 */
export const conditions: readonly Condition[] = [
  postgresDown,
  eventStoreDown,
  unchecked,
  schemaDiffers,
  aheadOfStore,
  diskNearlyFull,
  connectionsRunOut,
  lockWait,
  processSilent,
  noProcess,
  clockDiffers,
  readModelsMissing,
  readModelFailing,
  readModelBehind,
  eventsParked,
  jobFailed,
  jobOverlong,
  jobOverdue,
  timeAhead,
  channelRefused,
  messagesWaiting,
  messagesDelayed,
  messagesUnconfirmed,
  messagesFailed,
  importUnfinished,
  offersOverdue,
  leadsNobodyCanTake,
  searchesOnHold,
  recipientsRefused,
  quarantined,
];
