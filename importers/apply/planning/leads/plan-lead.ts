import type { CommandContext } from '../../../../commands/execute.ts';
import { type Known, omit } from '../../../../domain/changes.ts';
import type { DomainEvent } from '../../../../domain/events.ts';
import type { LeadCommand, LeadFields, LeadState } from '../../../../domain/lead/index.ts';
import type { PendingRecord } from '../../load-pending.ts';
import { type Applied, appliedBefore, datesOf, sourceChanges } from '../applied.ts';
import { contextsOf } from '../event-context.ts';
import type { Planner } from '../planner.ts';
import { asModified, documentsThatLeft, onlyReadAgain } from '../record-documents.ts';
import { changesOnJoining, historyOfCaptured } from './captured-lead.ts';
import { leadFields } from './lead-fields.ts';
import { type HistoryStep, leadHistory, ownerAfter } from './lead-history.ts';
import { lastOwner } from './lead-owner.ts';

type AppliedLead = Applied<LeadFields, { readonly optOutStatement?: number | null }>;

const isAway = ({ contactKey, mergedIntoContactKey }: LeadState) =>
  contactKey === null || mergedIntoContactKey !== null;

/**
 * Plans a lead from its contacts, assignments and activities. Its owner is the one that the contact names
 * (`assignedTo`), otherwise the one that the assignments result in.
 *
 * From leads that turned out to be this one, it takes over what happened in openhouse and is in no document: that the
 * person opted out, and the owner, if this lead has none. A lead that was captured here keeps what is newer here
 * (`changesOnJoining`).
 */
export const leadPlanner: Planner<LeadCommand, LeadState> = {
  plan: (record, planning, merged, partedFrom) => {
    const contacts = record.documents.filter(({ collection }) => collection === 'contacts');
    const { fields, sources } = leadFields(contacts, planning);
    const before = appliedBefore<AppliedLead>(record);
    const sourceSays = sourceChanges<LeadFields>(before?.fields, fields);
    const inOldCrm = leadHistory(record.documents, planning);
    const history = historyOfCaptured(record, inOldCrm);
    return {
      commands: (state) => {
        const begins = state.contactKey === null;
        const joins = !begins && before === undefined && record.capturedAt !== null;
        const owner = fields.ownerMemberKey ?? ownerAfter(inOldCrm);
        const changes = joins
          ? changesOnJoining(
              state,
              record.capturedAt,
              owner === undefined ? fields : { ...fields, ownerMemberKey: owner },
              sources,
            )
          : sourceSays;
        const known = new Set(state.recordKeys);
        const fresh = history.filter((step) => !known.has(step.markedAs));
        const absorbed = merged.filter(({ contactKey }) => !state.mergedContactKeys.includes(contactKey ?? ''));
        // Unless the history says otherwise, the lead had its owner from the start.
        const ownedFromStart = begins && !history.some((step) => step.sets !== undefined);
        const told = begins ? asModified(changes, contacts) : changes;
        const lead: LeadCommand = {
          type: 'RecordLead',
          contactKey: record.recordKey,
          fields: ownedFromStart ? told : omit(told, ['ownerMemberKey']),
          emailOptOut: optedOut(record, before, absorbed, partedFrom),
          mergedContactKeys: merged.flatMap(({ contactKey }) => contactKey ?? []),
          ...(record.splitFrom[0] === undefined ? {} : { splitFromContactKey: record.splitFrom[0] }),
        };
        return [
          ...leaving(record, fields, state),
          ...correcting(record, changes, state),
          lead,
          ...fresh.map((step) => step.command),
          ...(ownedFromStart
            ? []
            : assignment(state, absorbed, {
                said: (joins ? changes : fields).ownerMemberKey ?? undefined,
                changes,
                history,
                fresh,
              })),
        ];
      },
      context: contextsWithHistory(history, contextsOf(record, contacts, sources, planning)),
      applied: { fields, optOutStatement: record.optOutStatement, dates: datesOf(contacts) } satisfies AppliedLead,
    };
  },
  merging: {
    command: (contactKey) => ({ type: 'MergeLeadInto', contactKey }),
    remembered: 'contact_key',
    isAway,
  },
};

/**
 * Whether there is an opt-out that this lead does not have yet: from a document, from a record that it was merged with, or
 * from one that documents of it belonged to.
 */
const optedOut = (
  { optOutStatement }: PendingRecord,
  before: AppliedLead | undefined,
  absorbed: readonly LeadState[],
  partedFrom: readonly LeadState[],
): boolean => {
  // The person may have opted in again since an opt-out was applied, so that one does not count again.
  const said = optOutStatement !== null && optOutStatement > (before?.optOutStatement ?? -1);
  // If a person opted out while two people were kept as one, either of them may have meant it.
  return said || [...absorbed, ...partedFrom].some((lead) => lead.emailOptOut);
};

type Told = {
  /** The owner named by the contact. */
  readonly said: string | undefined;
  readonly changes: Known<LeadFields>;
  readonly history: readonly HistoryStep[];
  readonly fresh: readonly HistoryStep[];
};

/** The assignment that is needed after the fresh steps, if any. */
const assignment = (
  state: LeadState,
  absorbed: readonly LeadState[],
  { said, changes, history, fresh }: Told,
): LeadCommand[] => {
  const current = state.fields.ownerMemberKey;
  const ownerMemberKey = lastOwner({
    history,
    fresh,
    known: new Set(absorbed.flatMap(({ recordKeys }) => recordKeys)),
    said,
    changed: changes.ownerMemberKey,
    before: current ?? absorbed.findLast((lead) => lead.fields.ownerMemberKey)?.fields.ownerMemberKey,
    current,
  });
  return ownerMemberKey === undefined ? [] : [{ type: 'AssignLead', ownerMemberKey }];
};

/** If newer readers read the stage differently, that is a correction: the lead did not change its stage. */
const correcting = (record: PendingRecord, { leadStage }: Known<LeadFields>, state: LeadState): LeadCommand[] =>
  leadStage === undefined || leadStage === null || isAway(state) || !onlyReadAgain(record)
    ? []
    : [{ type: 'CorrectLead', changes: { leadStage } }];

/** Documents that were part of this record, but are now about another person. */
const leaving = ({ splitInto }: PendingRecord, fields: Partial<LeadFields>, state: LeadState): LeadCommand[] =>
  splitInto.length === 0 || isAway(state)
    ? []
    : [{ type: 'SplitLead', legacyIds: documentsThatLeft(state.fields, fields), contactKeys: splitInto }];

/** Steps of the history come from their own documents, everything else from the contact. */
const contextsWithHistory = (history: readonly HistoryStep[], contact: (event: DomainEvent) => CommandContext) => {
  const steps = new Map(history.map((step) => [step.recordKey, step]));
  return (event: DomainEvent) => {
    const key =
      'recordKey' in event.data ? event.data.recordKey : 'offerKey' in event.data ? event.data.offerKey : undefined;
    return (key === undefined ? undefined : steps.get(key)?.context) ?? contact(event);
  };
};
