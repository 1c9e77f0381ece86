import type { Warning } from '../../../domain/values.ts';
import { withoutAhead } from '../../legacy/date-warnings.ts';
import { documentKey } from '../../legacy/fields/ids/document-id.ts';
import { formerDocumentKey } from '../../legacy/fields/ids/former-key.ts';
import { happenedAhead } from '../../legacy/lead-history.ts';
import { type DocumentTimes, type QuarantineReason, timesOf } from '../../legacy/mapping.ts';
import type { MappedType } from '../../mappings/compile.ts';
import { contentHashOf, isUnreadable, type SourceDocument, type UnreadableDocument } from '../../source.ts';
import { whyUnreadable } from '../../why-unreadable.ts';
import type { QuarantinedDocument } from '../documents/quarantine.ts';

/** A document of a batch, with everything that its staging depends on. */
export type Arrival = {
  readonly found: SourceDocument | UnreadableDocument;
  readonly legacyId: string | undefined;
  /** The key that an older release gave it, if different. */
  readonly formerId: string | undefined;
  readonly contentHash: string;
  readonly times: DocumentTimes;
  /** Warnings about its dates in the future: none of them is among its times, and no event is dated by one. */
  readonly ahead: readonly Warning[];
  /** Whether another document of the collection has the same ID but a different content. */
  readonly contested: boolean;
  /** Whether the ledger was already asked for a document with this ID. */
  readonly lookedUp: boolean;
};

export const arrivalOf = (
  found: SourceDocument | UnreadableDocument,
  now: Date,
  mapped: Pick<MappedType, 'look'>,
): Arrival => {
  try {
    return arrived(found, now, mapped);
  } catch (error) {
    const unreadable = { code: 'unreadable', reason: whyUnreadable(error) } as const;
    return arrived({ ...found, unreadable }, now, mapped);
  }
};

const arrived = (
  found: SourceDocument | UnreadableDocument,
  now: Date,
  { look }: Pick<MappedType, 'look'>,
): Arrival => {
  const document = isUnreadable(found) ? undefined : found.document;
  const looked = document === undefined ? undefined : look(document, found.place);
  const said = looked === undefined ? {} : timesOf(looked);
  // With a date in the future, every later change would count as older.
  const { times, ahead } = withoutAhead(said, now);
  const legacyId = document === undefined ? undefined : documentKey(document._id);
  const formerId = document === undefined ? undefined : formerDocumentKey(document._id);
  return {
    found,
    legacyId,
    formerId: formerId === legacyId ? undefined : formerId,
    contentHash: contentHashOf(found),
    times,
    ahead: looked === undefined ? ahead : [...ahead, ...happenedAhead(looked, now)],
    contested: false,
    lookedUp: false,
  };
};

/** Stands for the ID of a document that has none. */
export const contentKey = ({ contentHash }: Pick<Arrival, 'contentHash'>): string => `content:${contentHash}`;

/** The key of a document in quarantine; documents with the same ID differ by their content. */
export const quarantineKey = (arrival: Arrival): string => {
  const { found, legacyId, contested } = arrival;
  if (found.entryKey !== undefined) return found.entryKey;
  if (legacyId === undefined) return contentKey(arrival);
  return contested ? `${legacyId} ${contentKey(arrival)}` : legacyId;
};

export const inQuarantine = (arrival: Arrival, reason: QuarantineReason): QuarantinedDocument => ({
  ...reason,
  documentKey: quarantineKey(arrival),
  legacyId: arrival.legacyId ?? null,
  place: arrival.found.place,
  raw: arrival.found.raw(),
  contentHash: arrival.contentHash,
});
