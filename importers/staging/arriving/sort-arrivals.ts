import type { CollectionPlan, StagedCollection } from '../../collections.ts';
import { type Mapped, type QuarantineReason, type SetAside, setAside } from '../../legacy/mapping.ts';
import { isUnreadable, type SourceDocument } from '../../source.ts';
import { whyUnreadable } from '../../why-unreadable.ts';
import type { QuarantinedDocument } from '../documents/quarantine.ts';
import type { OptOutRow } from '../documents/write-documents.ts';
import { type Arrival, inQuarantine, quarantineKey } from './arrival.ts';
import { classify } from './classify.ts';
import type { KnownDocument } from './known-documents.ts';
import { type OptOutStatement, optOutIn } from './opt-outs.ts';

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
