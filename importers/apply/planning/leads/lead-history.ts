import type { CommandContext } from '../../../../commands/execute.ts';
import type { LeadCommand } from '../../../../domain/lead/index.ts';
import { isAhead } from '../../../legacy/date-warnings.ts';
import type { ActivityPayload, AssignmentPayload } from '../../../legacy/lead-history.ts';
import type { RecordDocument } from '../../load-pending.ts';
import { contextOf, type Occurred, occurred } from '../event-context.ts';
import type { Planning } from '../planner.ts';

/** Something that happened to a lead in the old CRM. */
export type HistoryStep = {
  readonly recordKey: string;
  /** How the lead's state marks that it has this step. */
  readonly markedAs: string;
  readonly at: string;
  readonly command: LeadCommand;
  readonly context: CommandContext;
  /** The agent whom the step makes the owner. */
  readonly sets?: string;
};

/**
 * The assignments and activities of a lead in the order in which they happened; those at the same moment in their
 * logical order.
 */
export const leadHistory = (documents: readonly RecordDocument[], planning: Planning): readonly HistoryStep[] =>
  documents
    .flatMap((document) => {
      if (document.collection === 'leadassignments') return assignment(document, planning) ?? [];
      return document.collection === 'activities' ? activity(document, planning) : [];
    })
    .sort((a, b) => compare(a.at, b.at) || rank(a) - rank(b) || compare(a.recordKey, b.recordKey));

/** The owner after these steps; `undefined` if none of them sets one. */
export const ownerAfter = (steps: readonly HistoryStep[]): string | undefined =>
  steps.findLast((step) => step.sets !== undefined)?.sets;

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const order = ['offered', 'passed', 'expired', 'accepted', 'assigned'];
const rank = ({ command }: HistoryStep) => ('status' in command ? order.indexOf(command.status) : order.length);

const assignment = (document: RecordDocument, { agents, now }: Planning): HistoryStep | undefined => {
  const { status, agent, at } = document.payload as AssignmentPayload;
  const memberKey = agents.keyOf(agent);
  if (memberKey === undefined) return undefined; // it is staged only if its agent exists
  const recordKey = keyOf(document);
  const when = happened(now, at, document);
  return {
    recordKey,
    markedAs: `${recordKey}/${status}`,
    at: when.occurredAt,
    command: { type: 'RecordAssignment', recordKey, memberKey, status },
    context: contextOf(document, when),
    ...(status === 'accepted' || status === 'assigned' ? { sets: memberKey } : {}),
  };
};

const activity = (document: RecordDocument, { agents, now }: Planning): HistoryStep => {
  const { activityType, at, body, agent } = document.payload as ActivityPayload;
  const recordKey = keyOf(document);
  const memberKey = agents.keyOf(agent);
  const when = happened(now, at, document);
  return {
    recordKey,
    markedAs: recordKey,
    at: when.occurredAt,
    command: {
      type: 'RecordActivity',
      recordKey,
      activityType,
      ...(body === undefined ? {} : { body }),
      ...(memberKey === undefined ? {} : { memberKey }),
    },
    context: contextOf(document, when),
  };
};

/** When it happened; a date in the future is not used. */
const happened = (now: string, at: string | undefined, { createdAt }: RecordDocument): Occurred =>
  occurred(now, at !== undefined && isAhead(at, new Date(now)) ? undefined : at, createdAt);

/** An edited document counts as a new one. */
const keyOf = ({ collection, legacyId, version }: RecordDocument) =>
  version === 1 ? `${collection}/${legacyId}` : `${collection}/${legacyId}#${version}`;
