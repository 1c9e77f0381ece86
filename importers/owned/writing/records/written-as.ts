import { sameMeaning } from '../../../../domain/changes.ts';
import type { RecordDocument } from '../../../apply/load-pending.ts';
import { isUnreadable } from '../../../source.ts';
import { type RawDocument, rawDocument } from '../edits.ts';
import type { Read, Reader } from '../plan-write.ts';
import { liveDocumentOf } from './live-documents.ts';
import type { Written } from './settle-write.ts';
import type { RecordWriting } from './writing.ts';

type Given = Pick<RecordWriting, 'mongo' | 'type' | 'now'>;

/**
 * What a document says after it was written. If someone changed it at the same moment, it is recorded as we wrote
 * it, so that its present content counts as a change and is read before anything else is written.
 */
export const writtenAs = async (
  given: Given,
  document: RecordDocument,
  name: string,
  meant: RawDocument,
  reader: Reader,
): Promise<{ readonly written: Written; readonly disturbed: boolean }> => {
  const { mongo, type, now } = given;
  const { found } = await liveDocumentOf(mongo, type, document);
  const wrote = reader(meant)!;
  const read = found === undefined || isUnreadable(found) ? undefined : reader(rawDocument(mongo.bson, found.bytes));
  const names = new Set([...Object.keys(read?.view ?? {}), ...Object.keys(wrote.view)]);
  const disturbed =
    read === undefined || [...names].some((name) => !sameMeaning(read.view[name] ?? null, wrote.view[name] ?? null));
  if (disturbed) return { written: asMeant(given, document, name, meant, wrote), disturbed };
  return { written: { document, name, bytes: found!.bytes, read, updatedAt: now.toISOString() }, disturbed };
};

/** A document as it was to be written, whatever has become of it. */
export const asMeant = (
  { mongo, now }: Given,
  document: RecordDocument,
  name: string,
  meant: RawDocument,
  read: Read,
): Written => ({
  document,
  name,
  bytes: mongo.bson.serialize(meant, { ignoreUndefined: true }),
  read,
  updatedAt: now.toISOString(),
});
