import type { CommandContext } from '../../commands/execute.ts';
import { omit } from '../../domain/changes.ts';
import type { DomainEvent } from '../../domain/events.ts';
import type { LeadCommand, LeadFields, LeadState } from '../../domain/lead/index.ts';
import type { LeadPayload } from '../legacy/leads.ts';
import { type HistoryStep, leadHistory, ownerAfter } from './lead-history.ts';
import type { PendingRecord, RecordDocument } from './load-pending.ts';
import { inTimeOrder, legacyIdsOf, mergeFields, withLostReference } from './merge.ts';
import { type Planner, type Planning, type RecordPlan, recordContext, sourceChanges } from './plan.ts';

type Applied = { readonly fields: Partial<LeadFields>; readonly optOutStatement?: number | null };

/**
 * A lead from its contacts, its assignments and its activities. Who owns it in the end is what the contact says (`assignedTo`);
 * where that says nothing, what the assignments led to.
 *
 * Of leads that turned out to be this one it takes what happened to them here and is in no document: that the person opted out,
 * and who has the lead, if nobody has this one.
 */
const planLead = (
  record: PendingRecord,
  planning: Planning,
  merged: readonly LeadState[],
): RecordPlan<LeadCommand, LeadState> => {
  const contacts = record.documents.filter(({ collection }) => collection === 'contacts');
  const fields = leadFields(contacts, planning);
  // A statement that was applied before may have been taken back since, by the person: it does not count again.
  const said = record.optOutStatement;
  const optOut = said !== null && said > ((record.applied as Applied | undefined)?.optOutStatement ?? -1);
  const history = leadHistory(record.documents, planning);
  const { times, contextFor } = recordContext(record, contacts, planning.asOf);
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
      // With nothing in the history to the contrary, the owner was there from the beginning.
      const atOnce = captured && !history.some((step) => step.sets !== undefined);
      const told = captured && times.updatedAt ? { ...changes, modificationTimestamp: times.updatedAt } : changes;
      const lead: LeadCommand = {
        type: 'RecordLead',
        contactKey: record.recordKey,
        fields: atOnce ? told : omit(told, ['ownerMemberKey']),
        emailOptOut: optOut || news.some((lead) => lead.emailOptOut),
        mergedContactKeys: merged.flatMap(({ contactKey }) => contactKey ?? []),
      };
      const last: LeadCommand[] = atOnce || owner === undefined ? [] : [{ type: 'AssignLead', ownerMemberKey: owner }];
      return [lead, ...fresh.map((step) => step.command), ...last];
    },
    context: contextsOf(history, contextFor),
    applied: { fields, optOutStatement: said } satisfies Applied,
  };
};

const leadFields = (contacts: readonly RecordDocument[], { agents }: Planning): Partial<LeadFields> => {
  const payloads = inTimeOrder(contacts).map(({ payload }) => payload as LeadPayload);
  const withAuthors = payloads.map(({ fields, noteAuthors }) => {
    if (noteAuthors === undefined || fields.notes === undefined) return { fields };
    const notes = fields.notes.map((note, index) => {
      const memberKey = agents.keyOf(noteAuthors[index]);
      return memberKey === undefined ? note : { ...note, memberKey };
    });
    return { fields: { ...fields, notes } };
  });
  const merged = mergeFields(withAuthors);
  const addresses = payloads.flatMap(({ fields }) => [fields.email ?? [], fields.otherEmails ?? []].flat());
  const otherEmails = [...new Set(addresses)].filter((email) => email !== merged.email);
  if (otherEmails.length > 0) merged.otherEmails = otherEmails;
  const owner = payloads.findLast((payload) => payload.owner !== undefined)?.owner;
  const ownerMemberKey = agents.keyOf(owner);
  const resolved =
    ownerMemberKey !== undefined
      ? { ...merged, ownerMemberKey }
      : owner !== undefined
        ? withLostReference(merged, 'ownerMemberKey', owner, agents.whyNot(owner))
        : merged;
  return { ...resolved, legacyIds: legacyIdsOf(contacts) } as Partial<LeadFields>;
};

type Ownership = {
  readonly history: readonly HistoryStep[];
  /** The steps that are not on record yet. */
  readonly fresh: readonly HistoryStep[];
  /** Whom the contact names. */
  readonly said: string | undefined;
  /** As `said`, if that is news; `null` when it names nobody any more. */
  readonly changed: string | null | undefined;
  /** Fresh steps that are on record with a lead that turned out to be this one: told again, and no news. */
  readonly known: ReadonlySet<string>;
  /** Who has the lead now, and who shall have it before the news. */
  readonly current: string | null | undefined;
  readonly before: string | null | undefined;
};

/** Who must own the lead after the fresh steps; `undefined` when they (or nobody) shall decide. */
const lastOwner = ({ history, fresh, known, said, changed, current, before }: Ownership): string | null | undefined => {
  if (!fresh.some((step) => step.sets !== undefined)) {
    if (changed !== undefined) return changed;
    return before === current ? undefined : before;
  }
  if (said !== undefined) return said;
  const newest = history.findLast((step) => step.sets !== undefined);
  // Late news of long ago: the owner stays who it is.
  const isNews = newest !== undefined && fresh.includes(newest) && !known.has(newest.markedAs);
  return isNews ? ownerAfter(fresh) : (before ?? null);
};

/** Steps of the history come from documents of their own, everything else from the contact. */
const contextsOf = (history: readonly HistoryStep[], contact: (event: DomainEvent) => CommandContext) => {
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
  },
};
