import type { LeadFields } from '../../../../domain/lead/index.ts';
import type { Reference } from '../../../legacy/fields/ids/reference.ts';
import type { LeadPayload } from '../../../legacy/leads.ts';
import type { AgentDirectory } from '../../../staging/references/references.ts';
import type { RecordDocument } from '../../load-pending.ts';
import {
  inOrderOf,
  inTimeOrder,
  legacyIdsOf,
  mergeFields,
  type Sources,
  withAgent,
  withOtherAgents,
} from '../merge.ts';
import { leadRules } from '../merge-rules.ts';
import type { Planning } from '../planner.ts';

/** The merged fields of a lead's contacts, and which document each field comes from. */
export const leadFields = (
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
  // A request not to be called stays in force, whatever was entered later.
  const notToCall = inOrderOf(said, 'doNotCallYN').findLast(({ fields }) => fields.doNotCallYN === true);
  if (notToCall !== undefined) {
    merged.doNotCallYN = true;
    sources.set('doNotCallYN', notToCall.document);
  }
  const named = inOrderOf(said, 'owner').findLast(({ owner }) => owner !== undefined);
  const owners = said.flatMap(({ document, owner }) => {
    const memberKey = agents.keyOf(owner);
    return memberKey === undefined ? [] : [{ document, memberKey }];
  });
  const resolved = withAgent(merged, sources, agents, {
    field: 'ownerMemberKey',
    document: named?.document,
    reference: named?.owner,
  });
  const fields = withOtherAgents(resolved, 'ownerMemberKey', owners);
  return { fields: { ...fields, legacyIds: legacyIdsOf(contacts) } as Partial<LeadFields>, sources };
};

type Contact = { readonly document: RecordDocument; readonly fields: Partial<LeadFields> };

/** The latest main address, preferring one of the lead's own to one of someone who works here. */
const mainAddress = (said: readonly Contact[], agents: AgentDirectory) => {
  const all = inOrderOf(said, 'email')
    .reverse()
    .flatMap(({ document, fields }) => (fields.email ? [{ document, email: fields.email }] : []));
  const others = inOrderOf(said, 'otherEmails').flatMap(({ document, fields }) =>
    (fields.otherEmails ?? []).map((email) => ({ document, email })),
  );
  const isStaffs = (reference: Reference) =>
    agents.keyOf(reference) !== undefined || agents.whyNot(reference) === 'ambiguous';
  const own = [...all, ...others].find(({ email }) => !isStaffs(`email:${email}`));
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
