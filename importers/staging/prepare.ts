import { hash } from 'node:crypto';
import type { Warning } from '../../domain/values.ts';
import type { CollectionPlan, StagedCollection } from '../collections.ts';
import { recordKeyOf } from '../collections.ts';
import { documentKey } from '../legacy/fields/ids/document-id.ts';
import { type Reference, shownReference } from '../legacy/fields/ids/reference.ts';
import {
  type DocumentTimes,
  type Mapped,
  type QuarantineReason,
  type SetAside,
  setAside,
  timesOf,
} from '../legacy/mapping.ts';
import { isUnreadable, type SourceDocument, type UnreadableDocument } from '../source.ts';
import { whyUnreadable } from '../why-unreadable.ts';
import { classify } from './classify.ts';
import type { KnownDocument } from './known-documents.ts';
import { type OptOutStatement, optOutIn } from './opt-outs.ts';
import type { QuarantinedDocument } from './quarantine.ts';
import type { AgentDirectory, ContactDirectory, LostReference } from './references.ts';
import type { OptOutRow, StagedRow } from './write-documents.ts';

/** A document of a batch, with what its staging hangs on. */
export type Arrival = {
  readonly found: SourceDocument | UnreadableDocument;
  readonly legacyId: string | undefined;
  readonly contentHash: string;
  readonly times: DocumentTimes;
  /** Whether another document of the collection has its id and says something else. */
  readonly contested: boolean;
};

export const arrivalOf = (found: SourceDocument | UnreadableDocument, now: Date): Arrival => {
  try {
    return arrived(found, now);
  } catch (error) {
    const { bytes, place, raw, scan } = found;
    const unreadable = { code: 'unreadable', reason: whyUnreadable(error) } as const;
    return arrived({ unreadable, bytes, place, raw, scan }, now);
  }
};

const arrived = (found: SourceDocument | UnreadableDocument, now: Date): Arrival => {
  const document = isUnreadable(found) ? undefined : found.document;
  const times = document === undefined ? {} : timesOf(document);
  // A date that is yet to come would make every later change an older one.
  const inTheFuture = times.updatedAt !== undefined && Date.parse(times.updatedAt) > now.getTime() + day;
  return {
    found,
    legacyId: document === undefined ? undefined : documentKey(document._id),
    contentHash: hash('sha1', found.bytes, 'base64'),
    times: inTheFuture ? { ...times, updatedAt: undefined } : times,
    contested: false,
  };
};

const day = 24 * 60 * 60 * 1000;

/** A document that is to be written down, before its lead is looked up. */
export type Candidate = {
  readonly arrival: Arrival;
  readonly legacyId: string;
  readonly mapped: Mapped<object>;
  readonly consent: OptOutStatement;
  readonly known: KnownDocument | undefined;
  /** Whether it must be compared with what it said before. */
  readonly changed: boolean;
};

/** What a batch of documents comes to. */
export type Sorted = {
  readonly candidates: Candidate[];
  readonly quarantined: QuarantinedDocument[];
  /** Legacy ids of documents that are as they were. */
  readonly unchanged: string[];
  /** Legacy ids of documents that we have in a later form. */
  readonly older: string[];
  readonly optOuts: OptOutRow[];
};

/** What earlier runs left of a batch's documents. */
export type OnFile = {
  /** By legacy id. */
  readonly known: ReadonlyMap<string, KnownDocument>;
  /** Contested documents that were in quarantine before, by their keys there. */
  readonly seenBefore: ReadonlySet<string>;
};

/** Sorts a batch: what is as it was, what is new or changed, what cannot become a record. */
export const sortArrivals = (
  arrivals: readonly Arrival[],
  onFile: OnFile,
  collection: StagedCollection,
  plan: CollectionPlan,
): Sorted => {
  const sorted: Sorted = { candidates: [], quarantined: [], unchanged: [], older: [], optOuts: [] };
  for (const arrival of arrivals) sortOne(arrival, onFile, collection, plan, sorted);
  return sorted;
};

const sortOne = (
  arrival: Arrival,
  { known, seenBefore }: OnFile,
  collection: StagedCollection,
  plan: CollectionPlan,
  sorted: Sorted,
): void => {
  const { found, legacyId, contentHash, times } = arrival;
  if (isUnreadable(found)) {
    const { code, reason } = found.unreadable;
    note(optOutIn(found, legacyId, collection), arrival, false, sorted);
    sorted.quarantined.push(inQuarantine(arrival, { code, path: '', reason: `It cannot be read: ${reason}` }));
    return;
  }
  const before = legacyId === undefined ? undefined : known.get(legacyId);
  if (arrival.contested) {
    const again = before !== undefined && !before.optOut && !seenBefore.has(quarantineKey(arrival));
    note(optOutIn(found, legacyId, collection), arrival, again, sorted);
    sorted.quarantined.push(inQuarantine(arrival, idTwice));
    return;
  }
  const what = classify(before, { contentHash, updatedAt: times.updatedAt });
  const settled = before !== undefined && before.recordKey !== null && !before.pending;
  if (legacyId !== undefined && (what === 'older' || (what === 'same' && settled))) {
    (what === 'older' ? sorted.older : sorted.unchanged).push(legacyId);
    // An older dump takes nothing back, and what it says of opting out counts all the same.
    if (what === 'older') note(optOutIn(found, legacyId, collection), arrival, false, sorted);
    return;
  }
  // Before anything else: whatever becomes of the document, what it says of consent counts.
  const consent = optOutIn(found, legacyId, collection);
  note(consent, arrival, before !== undefined && !before.optOut, sorted);
  const mapped = mapWith(plan.mapping, found.document);
  if (legacyId === undefined || 'quarantine' in mapped) {
    sorted.quarantined.push(inQuarantine(arrival, 'quarantine' in mapped ? mapped.quarantine : idMissing));
    return;
  }
  if (found.bytes.length > tooLargeFrom && JSON.stringify(mapped.payload).length > tooLargeFrom) {
    sorted.quarantined.push(inQuarantine(arrival, tooLarge));
    return;
  }
  sorted.candidates.push({ arrival, legacyId, mapped, consent, known: before, changed: what === 'changed' });
};

/** @param again whether the document said otherwise when we saw it last: then it is news, also of somebody who opted out before */
const note = ({ optOut, identities }: OptOutStatement, { found }: Arrival, again: boolean, sorted: Sorted) => {
  if (!optOut) return;
  sorted.optOuts.push(...identities.map((identity) => ({ identity, place: found.place, again })));
};

/** A document that our readers fail at is set aside, and those after it are taken. */
const mapWith = (
  mapping: CollectionPlan['mapping'],
  document: SourceDocument['document'],
): Mapped<object> | SetAside => {
  try {
    return mapping(document);
  } catch (error) {
    return setAside('unreadable', '', `It cannot be read: ${whyUnreadable(error)}`);
  }
};

/** The event store takes no event of more than 1 MiB, and it holds more than this document. */
const tooLargeFrom = 800 * 1024;

const idMissing: QuarantineReason = { code: 'id-missing', path: '_id', reason: 'It has no _id to know it by.' };
const idTwice: QuarantineReason = {
  code: 'id-twice',
  path: '_id',
  reason:
    'Another document of this collection has the same _id and says something else, so neither was imported. Delete one of them or give it an _id of its own, then import again.',
};
const tooLarge: QuarantineReason = { code: 'too-large', path: '', reason: 'It is too large for one event (800 KiB).' };

/** What stands for the id of a document that has none. */
export const contentKey = ({ contentHash }: Pick<Arrival, 'contentHash'>): string => `content:${contentHash}`;

/** What a document is known by in quarantine: documents that share an id are told apart by their content. */
export const quarantineKey = (arrival: Arrival): string =>
  arrival.legacyId === undefined
    ? contentKey(arrival)
    : arrival.contested
      ? `${arrival.legacyId} ${contentKey(arrival)}`
      : arrival.legacyId;

export const inQuarantine = (arrival: Arrival, reason: QuarantineReason): QuarantinedDocument => ({
  ...reason,
  documentKey: quarantineKey(arrival),
  legacyId: arrival.legacyId ?? null,
  place: arrival.found.place,
  raw: arrival.found.raw(),
  contentHash: arrival.contentHash,
});

/** A candidate as it is written down, and why it waits in quarantine meanwhile if what it needs is not there. */
export const rowOf = (
  { arrival, legacyId, mapped, consent, known }: Candidate,
  collection: StagedCollection,
  plan: CollectionPlan,
  agents: AgentDirectory,
  contacts: ContactDirectory,
): { readonly row: StagedRow; readonly missing: QuarantineReason | undefined } => {
  const contactKey = contacts.keyOf(mapped.contactRef);
  const agentKey = agents.keyOf(mapped.agentRef);
  const unresolved = [
    ...(mapped.contactRef !== undefined && contactKey === undefined ? [mapped.contactRef] : []),
    ...(mapped.agentRef !== undefined && agentKey === undefined ? [mapped.agentRef] : []),
  ];
  const missing =
    plan.needs.includes('contact') && contactKey === undefined
      ? lost('contact', mapped.contactRef, contacts)
      : plan.needs.includes('agent') && agentKey === undefined
        ? lost('agent', mapped.agentRef, agents)
        : undefined;
  // A document stays with the record it was taken into.
  const recordKey =
    known?.recordKey ?? (plan.record === 'lead' ? (contactKey ?? null) : recordKeyOf(collection, legacyId));
  const row: StagedRow = {
    legacyId,
    contentHash: arrival.contentHash,
    createdAt: arrival.times.createdAt,
    updatedAt: arrival.times.updatedAt,
    payload: mapped.payload,
    fieldTimes: undefined,
    identities: mapped.identities,
    optOut: consent.optOut,
    addresses: consent.addresses,
    recordKey: missing === undefined ? recordKey : null,
    contactRef: mapped.contactRef,
    agentRef: mapped.agentRef,
    contactKey,
    unresolved: unresolved.length === 0 ? undefined : unresolved,
    warnings: warningsIn(mapped.payload),
  };
  return { row, missing };
};

const warningsIn = (payload: object): string[] | undefined => {
  const warnings = 'fields' in payload ? (payload.fields as { warnings?: Warning[] }).warnings : undefined;
  return warnings?.map(({ field, code }) => `${field} ${code}`);
};

const lost = (
  what: 'contact' | 'agent',
  reference: Reference | undefined,
  directory: { whyNot(reference: Reference): LostReference },
): QuarantineReason => {
  const who = what === 'contact' ? 'lead' : 'agent';
  const shown =
    reference === undefined || reference.startsWith('email:') ? 'by e-mail address' : shownReference(reference);
  if (reference !== undefined && directory.whyNot(reference) === 'ambiguous') {
    const reason = `The ${who} it is about (${shown}) could be any of several whose ids are written like this.`;
    return { code: `${what}-ambiguous`, path: `${what}Id`, reason };
  }
  const reason = `The ${who} it is about (${shown}) is not there. It is taken in as soon as it comes.`;
  return { code: `${what}-not-found`, path: `${what}Id`, reason };
};
