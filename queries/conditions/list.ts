import type { Condition } from './condition.ts';
import { aheadOfStore, databaseOlder, timeAhead } from './fit.ts';
import {
  legacyBehind,
  legacyDeletionsWaiting,
  legacyNotIndexed,
  legacySweepOverdue,
  legacyUnreachable,
} from './following.ts';
import { booksDiffer, jobFailed, jobOverdue, jobOverlong, leadsNobodyCanTake, lockWait } from './jobs.ts';
import {
  channelRefused,
  messagesDelayed,
  messagesFailed,
  messagesUnconfirmed,
  messagesWaiting,
  postalAddressMissing,
  recipientsRefused,
} from './messages.ts';
import { conflictsOpen, decisionWaiting, writeBackBehind, writeBackRefused } from './old-crm.ts';
import { otherMapping, sidesDiffer, typeNotMapped } from './ownership.ts';
import { clockDiffers, noProcess, processSilent } from './processes.ts';
import {
  eventsParked,
  readModelBehind,
  readModelFailing,
  readModelOutdated,
  readModelsMissing,
} from './read-models.ts';
import {
  importStopped,
  importUnfinished,
  offersOverdue,
  policyUnworkable,
  quarantined,
  searchesOnHold,
} from './records.ts';
import { reportsMissing, reportsOff, reportsUnread, reportsWaiting } from './reports.ts';
import {
  connectionsRunOut,
  diskNearlyFull,
  eventStoreDown,
  postgresDown,
  schemaDiffers,
  unchecked,
} from './servers.ts';

/**
 * Everything that can be wrong, in the order in which it is shown: the most serious first.
 * docs/when-something-is-wrong.md describes each.
 */
export const conditions: readonly Condition[] = [
  postgresDown,
  eventStoreDown,
  unchecked,
  schemaDiffers,
  aheadOfStore,
  databaseOlder,
  diskNearlyFull,
  connectionsRunOut,
  lockWait,
  processSilent,
  noProcess,
  clockDiffers,
  readModelsMissing,
  readModelOutdated,
  readModelFailing,
  readModelBehind,
  eventsParked,
  legacyUnreachable,
  legacyBehind,
  jobFailed,
  jobOverlong,
  jobOverdue,
  booksDiffer,
  timeAhead,
  channelRefused,
  messagesWaiting,
  reportsWaiting,
  messagesDelayed,
  messagesUnconfirmed,
  messagesFailed,
  reportsMissing,
  postalAddressMissing,
  conflictsOpen,
  decisionWaiting,
  writeBackRefused,
  writeBackBehind,
  typeNotMapped,
  otherMapping,
  importStopped,
  importUnfinished,
  legacyDeletionsWaiting,
  legacySweepOverdue,
  offersOverdue,
  leadsNobodyCanTake,
  policyUnworkable,
  searchesOnHold,
  recipientsRefused,
  reportsOff,
  reportsUnread,
  quarantined,
  legacyNotIndexed,
  sidesDiffer,
];
