import { type CollectionPlan, recordKeyOf, type StagedCollection } from '../../collections.ts';
import { warningsOf } from '../../legacy/date-warnings.ts';
import { type Reference, shownReference } from '../../legacy/fields/ids/reference.ts';
import type { Mapped, QuarantineReason } from '../../legacy/mapping.ts';
import type { StagedRow } from '../documents/write-documents.ts';
import type { AgentDirectory, ContactDirectory, LostReference } from '../references/references.ts';
import { waitsFor } from '../references/waits-for.ts';
import type { Candidate } from './sort-arrivals.ts';

/** The row for a candidate, and the reason for quarantine if something that it needs is missing. */
export const rowOf = (
  { arrival, legacyId, mapped, names, consent, known }: Candidate,
  collection: StagedCollection,
  plan: CollectionPlan,
  agents: AgentDirectory,
  contacts: ContactDirectory,
  pathOf: (slot: 'contactKey' | 'memberKey') => string,
  foundIn: string | undefined,
): { readonly row: StagedRow; readonly missing: QuarantineReason | undefined } => {
  const contactKey = contacts.keyOf(mapped.contactRef);
  const agentKey = agents.keyOf(mapped.agentRef);
  const unresolved = [
    ...(mapped.contactRef !== undefined && contactKey === undefined ? [mapped.contactRef] : []),
    ...(mapped.agentRef !== undefined && agentKey === undefined ? [mapped.agentRef] : []),
  ];
  const missing =
    plan.needs.includes('contact') && contactKey === undefined
      ? lost('contact', mapped.contactRef, contacts, pathOf('contactKey'))
      : plan.needs.includes('agent') && agentKey === undefined
        ? lost('agent', mapped.agentRef, agents, pathOf('memberKey'))
        : undefined;
  // A document stays with its record.
  const recordKey =
    known?.recordKey ?? (plan.record === 'lead' ? (contactKey ?? null) : recordKeyOf(collection, legacyId));
  const row: StagedRow = {
    legacyId,
    contentHash: arrival.contentHash,
    createdAt: arrival.times.createdAt,
    updatedAt: arrival.times.updatedAt,
    payload: mapped.payload,
    fieldTimes: undefined,
    readAgain: false,
    identities: mapped.identities,
    optOut: consent.optOut,
    addresses: consent.addresses,
    names,
    recordKey: missing === undefined ? recordKey : null,
    contactRef: mapped.contactRef,
    agentRef: mapped.agentRef,
    contactKey,
    ...(unresolved.length === 0
      ? { unresolved: undefined, waitsFor: undefined }
      : { unresolved, waitsFor: waitsFor({ contacts: mapped.contactRef, users: mapped.agentRef }) }),
    warnings: warningCodes(
      arrival.ahead.length === 0 ? mapped : { ...mapped, warnings: [...(mapped.warnings ?? []), ...arrival.ahead] },
    ),
    foundIn,
  };
  return { row, missing };
};

/** `field code` of each warning; `undefined` if there are none. */
export const warningCodes = (mapped: Pick<Mapped<object>, 'payload' | 'warnings'>): string[] | undefined => {
  const codes = warningsOf(mapped).map(({ field, code }) => `${field} ${code}`);
  return codes.length === 0 ? undefined : codes;
};

const lost = (
  what: 'contact' | 'agent',
  reference: Reference | undefined,
  directory: { whyNot(reference: Reference): LostReference },
  path: string,
): QuarantineReason => {
  const who = what === 'contact' ? 'lead' : 'agent';
  const shown =
    reference === undefined || reference.startsWith('email:') ? 'given by e-mail address' : shownReference(reference);
  if (reference !== undefined && directory.whyNot(reference) === 'ambiguous') {
    const reason = `Several documents have an ID that is written like that of the ${who} it refers to (${shown}).`;
    return { code: `${what}-ambiguous`, path, reason };
  }
  const reason = `The ${who} it refers to (${shown}) has not been imported. The document is imported as soon as the ${who} is.`;
  return { code: `${what}-not-found`, path, reason };
};
