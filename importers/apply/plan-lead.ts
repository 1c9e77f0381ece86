import type { CommandContext } from '../../commands/execute.ts';
import { omit } from '../../domain/changes.ts';
import type { DomainEvent } from '../../domain/events.ts';
import type { LeadCommand, LeadFields, LeadState } from '../../domain/lead/index.ts';
import type { LeadPayload } from '../legacy/leads.ts';
import type { AgentDirectory } from '../staging/references.ts';
import { type HistoryStep, leadHistory, ownerAfter } from './lead-history.ts';
import type { PendingRecord, RecordDocument } from './load-pending.ts';
import { inOrderOf, inTimeOrder, legacyIdsOf, mergeFields, type Sources, withLostReference } from './merge.ts';
import { leadRules } from './merge-rules.ts';
import {
  type AppliedDates,
  contextsOf,
  datesOf,
  latestUpdate,
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
  partedFrom?: LeadState,
): RecordPlan<LeadCommand, LeadState> => {
  const contacts = record.documents.filter(({ collection }) => collection === 'contacts');
  const { fields, sources } = leadFields(contacts, planning);
  // A statement that was applied before may have been taken back since, by the person: it does not count again.
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
      // With nothing in the history to the contrary, the owner was there from the beginning.
      const atOnce = captured && !history.some((step) => step.sets !== undefined);
      const told = captured && updatedAt ? { ...changes, modificationTimestamp: updatedAt } : changes;
      const lead: LeadCommand = {
        type: 'RecordLead',
        contactKey: record.recordKey,
        fields: atOnce ? told : omit(told, ['ownerMemberKey']),
        // Whoever opted out while two people were kept as one may have been either of them.
        emailOptOut: optOut || news.some((lead) => lead.emailOptOut) || (partedFrom?.emailOptOut ?? false),
        mergedContactKeys: merged.flatMap(({ contactKey }) => contactKey ?? []),
        ...(record.splitFrom === null ? {} : { splitFromContactKey: record.splitFrom }),
      };
      const last: LeadCommand[] = atOnce || owner === undefined ? [] : [{ type: 'AssignLead', ownerMemberKey: owner }];
      return [...leaving(record, fields, state), lead, ...fresh.map((step) => step.command), ...last];
    },
    context: contextsWithHistory(history, contextsOf(record, contacts, sources, planning)),
    applied: { fields, optOutStatement: said, dates: datesOf(contacts) } satisfies Applied,
  };
};

/** Documents that are on record here, and tell of somebody else now. */
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

/** What the contacts say, and whose word each field is. */
const leadFields = (
  contacts: readonly RecordDocument[],
  { agents }: Planning,
): { readonly fields: Partial<LeadFields>; readonly sources: Sources } => {
  const said = inTimeOrder(contacts).map((document) => {
    const { fields, noteAuthors, owner, otherPhones = [] } = document.payload as LeadPayload;
    const further = otherPhones.map((value) => ({ field: 'mobilePhone', value }));
    return { document, owner, fields: withAuthors(fields, noteAuthors, agents), further };
  });
  const { fields: merged, sources: words } = mergeFields(said, leadRules);
  const sources = new Map(words);
  const main = mainAddress(said, agents);
  if (main !== undefined) {
    merged.email = main.email;
    sources.set('email', main.document);
  }
  const addresses = inOrderOf(said, 'email', 'otherEmails').flatMap(({ fields }) =>
    [fields.email ?? [], fields.otherEmails ?? []].flat(),
  );
  const otherEmails = [...new Set(addresses)].filter((email) => email !== merged.email);
  if (otherEmails.length > 0) merged.otherEmails = otherEmails;
  // Whoever asked not to be called asked for it, whatever was noted down later.
  const notToCall = inOrderOf(said, 'doNotCallYN').findLast(({ fields }) => fields.doNotCallYN === true);
  if (notToCall !== undefined) {
    merged.doNotCallYN = true;
    sources.set('doNotCallYN', notToCall.document);
  }
  const named = inOrderOf(said, 'owner').findLast(({ owner }) => owner !== undefined);
  const owner = named?.owner;
  if (named !== undefined) sources.set('ownerMemberKey', named.document);
  const ownerMemberKey = agents.keyOf(owner);
  const resolved =
    ownerMemberKey !== undefined
      ? { ...merged, ownerMemberKey }
      : owner !== undefined
        ? withLostReference(merged, 'ownerMemberKey', owner, agents.whyNot(owner))
        : merged;
  return { fields: { ...resolved, legacyIds: legacyIdsOf(contacts) } as Partial<LeadFields>, sources };
};

type Contact = { readonly document: RecordDocument; readonly fields: Partial<LeadFields> };

/** The latest main address, rather one of the lead's own than one of somebody who works here. */
const mainAddress = (said: readonly Contact[], agents: AgentDirectory) => {
  const all = inOrderOf(said, 'email')
    .reverse()
    .flatMap(({ document, fields }) => (fields.email ? [{ document, email: fields.email }] : []));
  const others = inOrderOf(said, 'otherEmails').flatMap(({ document, fields }) =>
    (fields.otherEmails ?? []).map((email) => ({ document, email })),
  );
  const own = [...all, ...others].find(({ email }) => agents.keyOf(`email:${email}`) === undefined);
  return own ?? all[0];
};

const withAuthors = (
  fields: Partial<LeadFields>,
  authors: LeadPayload['noteAuthors'],
  agents: AgentDirectory,
): Partial<LeadFields> => {
  if (authors === undefined || fields.notes === undefined) return fields;
  const notes = fields.notes.map((note, index) => {
    const memberKey = agents.keyOf(authors[index]);
    return memberKey === undefined ? note : { ...note, memberKey };
  });
  return { ...fields, notes };
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
