import { sameMeaning } from '../../../../domain/changes.ts';
import type { RecordDocument } from '../../../apply/load-pending.ts';
import type { Outcome } from '../../../differences/outbox.ts';
import { isUnreadable } from '../../../source.ts';
import { rawDocument, updateOf } from '../edits.ts';
import { planChange, type Read } from '../plan-write.ts';
import { dateOfChange } from './document-dates.ts';
import type { Live } from './live-documents.ts';
import { changedMeanwhile, refused } from './outcomes.ts';
import { refusalOf } from './refusals.ts';
import type { Written } from './settle-write.ts';
import type { RecordWriting } from './writing.ts';
import { writtenAs } from './written-as.ts';

/** What became of one document: `written` if there was something to write, `unsaid` the fields that it has no way to say. */
export type Updated = {
  readonly written?: Written;
  /** Whether someone changed it at the same moment. */
  readonly disturbed?: boolean;
  readonly unsaid: readonly string[];
};

/** Writes these fields into a document that the old CRM has, unless it has changed since it was read. */
export const updateDocument = async (
  record: RecordWriting,
  fields: ReadonlySet<string>,
  { document, name, found }: Live,
): Promise<Outcome | Updated> => {
  const { aggregate, mongo, now, ours, readerIn } = record;
  if (found === undefined || isUnreadable(found)) return refused('unreadable', 'the document cannot be read');
  const raw = rawDocument(mongo.bson, found.bytes);
  const reader = readerIn(name);
  const writing = record.writingIn(name);
  const said = reader(raw);
  const optOutDiffers = aggregate === 'lead' && (said?.optOut ?? false) !== (ours.view.emailOptOut === true);
  const wanted = new Set([...fields].filter((field) => field !== 'emailOptOut' || optOutDiffers));
  const plan = planChange(aggregate, wanted, { ...writing, document: raw }, reader);
  if (plan.edits.length === 0) {
    // It was known by what it said before someone edited it, until that was decided.
    const isAgreed = plan.unsaid.length === 0 && said !== undefined && isKnownOtherwise(document, said);
    const { bytes } = found;
    return {
      unsaid: plan.unsaid,
      ...(isAgreed && { written: { document, name, bytes, read: said, updatedAt: undefined } }),
    };
  }
  const { filter, update } = updateOf(raw, [...plan.edits, ...dateOfChange(writing, raw, now)]);
  try {
    const { matchedCount } = await mongo.db.collection(name).updateOne(filter as never, update as never);
    if (matchedCount === 0) return changedMeanwhile;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return refusal;
  }
  return { ...(await writtenAs(record, document, name, plan.document, reader)), unsaid: plan.unsaid };
};

/** Whether a document that was read as it is now is on file with other identities (see `keepsIdentities` in staging/stage-batch.ts). */
const isKnownOtherwise = ({ payload, identities }: RecordDocument, read: Read): boolean =>
  sameMeaning(read.payload, payload) && !sameMeaning(read.identities, identities);
