import { type CollectionPlan, collectionPlans, type StagedCollection } from '../../collections.ts';
import { type Mapped, type QuarantineReason, type SetAside, setAside } from '../../legacy/mapping.ts';
import type { MappedType } from '../../mappings/compile.ts';
import { readersVersion } from '../../readers-version.ts';
import { isUnreadable, type SourceDocument } from '../../source.ts';
import { whyUnreadable } from '../../why-unreadable.ts';
import type { QuarantinedDocument } from '../documents/quarantine.ts';
import type { OptOutRow } from '../documents/write-documents.ts';
import { type Arrival, inQuarantine, quarantineKey } from './arrival.ts';
import { classify } from './classify.ts';
import type { KnownDocument } from './known-documents.ts';
import { type OptOutStatement, optOutIn } from './opt-outs.ts';

/** A document to be staged, before its lead is looked up. */
export type Candidate = {
  readonly arrival: Arrival;
  readonly legacyId: string;
  readonly document: SourceDocument['document'];
  readonly mapped: Mapped<object>;
  /** Its own keys by which other documents may refer to it: `key:memberMlsId:3001`. */
  readonly names: readonly string[];
  readonly consent: OptOutStatement;
  readonly known: KnownDocument | undefined;
  /** Whether it must be compared with its former content: it changed, or only the readers did. */
  readonly compare: 'changed' | 'read-again' | undefined;
};

/** A sorted batch of documents. */
export type Sorted = {
  readonly candidates: Candidate[];
  readonly quarantined: QuarantinedDocument[];
  /** Legacy IDs of unchanged documents. */
  readonly unchanged: string[];
  /** Legacy IDs of documents of which a later version is on file. */
  readonly older: string[];
  readonly optOuts: OptOutRow[];
};

/** What earlier runs left of a batch's documents. */
export type OnFile = {
  /** By legacy ID. */
  readonly known: ReadonlyMap<string, KnownDocument>;
  /** Contested documents that were in quarantine before, by their keys there. */
  readonly seenBefore: ReadonlySet<string>;
  /** Whether these come from the CRM itself, and so cannot be older than what is on file. */
  readonly live: boolean;
};

/** Sorts a batch: what is unchanged, what is new or changed, what cannot become a record. */
export const sortArrivals = (
  arrivals: readonly Arrival[],
  onFile: OnFile,
  collection: StagedCollection,
  mapped: MappedType,
): Sorted => {
  const sorted: Sorted = { candidates: [], quarantined: [], unchanged: [], older: [], optOuts: [] };
  for (const arrival of arrivals) sortOne(arrival, onFile, collection, mapped, sorted);
  return sorted;
};

const sortOne = (
  arrival: Arrival,
  { known, seenBefore, live }: OnFile,
  collection: StagedCollection,
  type: MappedType,
  sorted: Sorted,
): void => {
  const { found, legacyId, contentHash, times } = arrival;
  if (isUnreadable(found)) {
    const { code, reason } = found.unreadable;
    note(optOutIn(found, legacyId, collection, type), arrival, false, sorted);
    sorted.quarantined.push(
      inQuarantine(arrival, { code, path: '', reason: `The document cannot be read: ${reason}` }),
    );
    return;
  }
  const before = legacyId === undefined ? undefined : known.get(legacyId);
  if (arrival.contested) {
    const again = before !== undefined && !before.optOut && !seenBefore.has(quarantineKey(arrival));
    note(optOutIn(found, legacyId, collection, type), arrival, again, sorted);
    sorted.quarantined.push(inQuarantine(arrival, type.collectionOf === undefined ? idTwice : idInSeveral));
    return;
  }
  const compared = classify(before, {
    contentHash,
    updatedAt: times.updatedAt,
    foundIn: type.collectionOf?.(found.place),
  });
  const what = live && compared === 'older' ? 'changed' : compared;
  const settled = before !== undefined && before.recordKey !== null && !before.pending;
  const corrected = what === 'same' && before?.recordKey != null && found.again === true;
  const readAgain = what === 'same' && settled && !corrected && before.readers !== readersVersion(type);
  if (legacyId !== undefined && (what === 'older' || (what === 'same' && settled && !readAgain && !corrected))) {
    (what === 'older' ? sorted.older : sorted.unchanged).push(legacyId);
    // An older dump undoes nothing, but its opt-outs count all the same.
    if (what === 'older') note(optOutIn(found, legacyId, collection, type), arrival, false, sorted);
    return;
  }
  // This comes first: an opt-out counts, whatever becomes of the document.
  const consent = optOutIn(found, legacyId, collection, type);
  note(consent, arrival, before !== undefined && !before.optOut && !readAgain, sorted);
  const mapped = mapWith(collectionPlans[collection].map, type, found);
  if (legacyId === undefined || 'quarantine' in mapped) {
    sorted.quarantined.push(inQuarantine(arrival, 'quarantine' in mapped ? mapped.quarantine : idMissing));
    return;
  }
  if (found.bytes.length > tooLargeFrom && JSON.stringify(mapped.payload).length > tooLargeFrom) {
    sorted.quarantined.push(inQuarantine(arrival, tooLarge));
    return;
  }
  const compare = what === 'changed' || corrected ? 'changed' : readAgain ? 'read-again' : undefined;
  const names = type.look(found.document, found.place).names();
  const { document } = found;
  sorted.candidates.push({ arrival, legacyId, document, mapped, names, consent, known: before, compare });
};

/**
 * @param again whether the document said otherwise before: then it is a new opt-out, even if the person had already
 * opted out
 */
const note = ({ optOut, identities }: OptOutStatement, { found }: Arrival, again: boolean, sorted: Sorted) => {
  if (!optOut) return;
  sorted.optOuts.push(...identities.map((identity) => ({ identity, place: found.place, again })));
};

/** If our readers fail on a document, it is set aside, and the rest continue. */
const mapWith = (
  map: CollectionPlan['map'],
  { look }: MappedType,
  { document, place }: SourceDocument,
): Mapped<object> | SetAside => {
  try {
    return map(look(document, place));
  } catch (error) {
    return setAside('unreadable', '', `The document cannot be read: ${whyUnreadable(error)}`);
  }
};

/** The event store accepts events up to 1 MiB, and an event contains more than the document. */
const tooLargeFrom = 800 * 1024;

const idMissing: QuarantineReason = { code: 'id-missing', path: '_id', reason: 'The document has no _id.' };
const idTwice: QuarantineReason = {
  code: 'id-twice',
  path: '_id',
  reason:
    'Another document of this collection has the same _id but a different content, so neither was imported. Delete one of them or give it a new _id, then import again.',
};
const idInSeveral: QuarantineReason = {
  ...idTwice,
  reason:
    'Another document of this record type has the same _id, but a different content, or the same in a collection that the mapping reads differently, so neither was imported. Delete one of them or give it a new _id, then import again.',
};
const tooLarge: QuarantineReason = {
  code: 'too-large',
  path: '',
  reason: 'The document is too large for one event (more than 800 KiB).',
};
