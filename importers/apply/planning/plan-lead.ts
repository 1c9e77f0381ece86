import type { CommandContext } from '../../../commands/execute.ts';
import { type Known, omit } from '../../../domain/changes.ts';
import type { DomainEvent } from '../../../domain/events.ts';
import type { LeadCommand, LeadFields, LeadState } from '../../../domain/lead/index.ts';
import type { PendingRecord } from '../load-pending.ts';
import { leadFields } from './lead-fields.ts';
import { type HistoryStep, leadHistory } from './lead-history.ts';
import { lastOwner } from './lead-owner.ts';
import {
  type AppliedDates,
  contextsOf,
  datesOf,
  latestUpdate,
  onlyReadAgain,
  type Planner,
  type Planning,
  type RecordPlan,
  sourceChanges,
} from './plan.ts';

type Applied = {
  readonly fields: Partial<LeadFields>;
  readonly optOutStatement?: number | null;
  readonly dates?: AppliedDates;
};

/**
 * Plans a lead from its contacts, assignments and activities. Its owner is the one that the contact names
 * (`assignedTo`), otherwise the one that the assignments result in.
 *
 * From leads that turned out to be this one, it takes over what happened here and is in no document: that the person
 * opted out, and the owner, if this lead has none.
 */
const planLead = (
  record: PendingRecord,
  planning: Planning,
  merged: readonly LeadState[],
  partedFrom?: LeadState,
): RecordPlan<LeadCommand, LeadState> => {
  const contacts = record.documents.filter(({ collection }) => collection === 'contacts');
  const { fields, sources } = leadFields(contacts, planning);
  // The person may have opted in again since an opt-out was applied, so that one does not count again.
  const said = record.optOutStatement;
  const optOut = said !== null && said > ((record.applied as Applied | undefined)?.optOutStatement ?? -1);
  const history = leadHistory(record.documents, planning);
  const updatedAt = latestUpdate(contacts);
  const before = (record.applied as Applied | undefined)?.fields;
  const changes = sourceChanges<LeadFields>(before, fields);
  return {
    commands: (state) => {
      const known = new Set(state.recordKeys);
      const fresh = history.filter((step) => !known.has(step.markedAs));
      const news = merged.filter(({ contactKey }) => !state.mergedContactKeys.includes(contactKey ?? ''));
      const owner = lastOwner({
        history,
        fresh,
        known: new Set(news.flatMap(({ recordKeys }) => recordKeys)),
        said: fields.ownerMemberKey,
        changed: changes.ownerMemberKey,
        before:
          state.fields.ownerMemberKey ?? news.findLast((lead) => lead.fields.ownerMemberKey)?.fields.ownerMemberKey,
        current: state.fields.ownerMemberKey,
      });
      const captured = state.contactKey === null;
      // Unless the history says otherwise, the lead had its owner from the start.
      const atOnce = captured && !history.some((step) => step.sets !== undefined);
      const told = captured && updatedAt ? { ...changes, modificationTimestamp: updatedAt } : changes;
      const lead: LeadCommand = {
        type: 'RecordLead',
        contactKey: record.recordKey,
        fields: atOnce ? told : omit(told, ['ownerMemberKey']),
        // If a person opted out while two people were kept as one, either of them may have meant it.
        emailOptOut: optOut || news.some((lead) => lead.emailOptOut) || (partedFrom?.emailOptOut ?? false),
        mergedContactKeys: merged.flatMap(({ contactKey }) => contactKey ?? []),
        ...(record.splitFrom === null ? {} : { splitFromContactKey: record.splitFrom }),
      };
      const last: LeadCommand[] = atOnce || owner === undefined ? [] : [{ type: 'AssignLead', ownerMemberKey: owner }];
      return [
        ...leaving(record, fields, state),
        ...correcting(record, changes, state),
        lead,
        ...fresh.map((step) => step.command),
        ...last,
      ];
    },
    context: contextsWithHistory(history, contextsOf(record, contacts, sources, planning)),
    applied: { fields, optOutStatement: said, dates: datesOf(contacts) } satisfies Applied,
  };
};

/** A stage that newer readers read otherwise is not one that the lead came to. */
const correcting = (record: PendingRecord, { leadStage }: Known<LeadFields>, state: LeadState): LeadCommand[] =>
  leadStage === undefined || leadStage === null || isAway(state) || !onlyReadAgain(record)
    ? []
    : [{ type: 'CorrectLead', changes: { leadStage } }];

/** Documents that were part of this record, but are now about another person. */
const leaving = (
  { splitInto }: PendingRecord,
  { legacyIds = [] }: Partial<LeadFields>,
  state: LeadState,
): LeadCommand[] => {
  if (splitInto.length === 0 || isAway(state)) return [];
  const gone = (state.fields.legacyIds ?? []).filter((id) => !legacyIds.includes(id));
  return [{ type: 'SplitLead', legacyIds: gone, contactKeys: splitInto }];
};

const isAway = ({ contactKey, mergedIntoContactKey }: LeadState) =>
  contactKey === null || mergedIntoContactKey !== null;

/** Steps of the history come from their own documents, everything else from the contact. */
const contextsWithHistory = (history: readonly HistoryStep[], contact: (event: DomainEvent) => CommandContext) => {
  const steps = new Map(history.map((step) => [step.recordKey, step]));
  return (event: DomainEvent) => {
    const key =
      'recordKey' in event.data ? event.data.recordKey : 'offerKey' in event.data ? event.data.offerKey : undefined;
    return (key === undefined ? undefined : steps.get(key)?.context) ?? contact(event);
  };
};

export const leadPlanner: Planner<LeadCommand, LeadState> = {
  plan: planLead,
  merging: {
    command: (contactKey) => ({ type: 'MergeLeadInto', contactKey }),
    remembered: 'contact_key',
    isAway,
  },
};
