import { hash } from 'node:crypto';
import { sameMeaning } from '../../../../domain/changes.ts';
import type { RecordDocument } from '../../../apply/load-pending.ts';
import { isInserting, noteInserting } from '../../../differences/inserts.ts';
import { noteIntended, noteNotWritten, type Outcome } from '../../../differences/outbox.ts';
import type { MappedType } from '../../../mappings/compile.ts';
import type { MappedCollection } from '../../../mappings/schema.ts';
import type { Mongo } from '../../../mongo/connect.ts';
import { collectionsThere } from '../../../mongo/live-source.ts';
import { ownedTypesInfo } from '../../record-view.ts';
import { edited, idOfKey, type RawDocument } from '../edits.ts';
import { type PlannedWrite, planNew, type Reader } from '../plan-write.ts';
import { beginDocument } from './begin-document.ts';
import { datesOfNew } from './document-dates.ts';
import { liveDocumentOf } from './live-documents.ts';
import { cannotSay, changedMeanwhile, done, insertUnclear, refused } from './outcomes.ts';
import { isAnswer, isDuplicate, refusalOf } from './refusals.ts';
import { newDocument, reserveDocument, settleWrites } from './settle-write.ts';
import type { RecordWriting } from './writing.ts';
import { asMeant, writtenAs } from './written-as.ts';

/** Inserts a document for a record that has none in the old CRM, or one that is gone again, with the `_id` that it had. */
export const insertDocument = async (record: RecordWriting): Promise<Outcome> => {
  const { db, mongo, aggregate, recordKey, type, ours, all, own, compared, planning } = record;
  const [again] = own.toSorted((one, other) => (one.legacyId < other.legacyId ? -1 : 1));
  const id = again === undefined ? idFor(mongo, recordKey) : idOfKey(mongo.bson, again.legacyId);
  const document = again ?? newDocument(ownedTypesInfo[aggregate].collection, String(id), record.now);
  const sent = await isInserting(db, aggregate, recordKey, document);
  // It arrived after all: it is read first.
  if (sent && (await liveDocumentOf(mongo, type, document)).found !== undefined) return changedMeanwhile;
  const { place, reader, plan } = await planInsert(record, id);
  if (reader(plan.document) === undefined)
    return refused('incomplete', 'the record lacks something that a document must have');
  const dates = datesOfNew(record.writingIn(place.name), plan.document, record.now);
  const whole = edited(plan.document, dates) ?? plan.document;
  if (!sent) {
    await noteIntended(db, aggregate, recordKey, ours.view);
    if (again === undefined) await reserveDocument(db, document, recordKey, type);
    await noteInserting(db, aggregate, recordKey, document);
    const refusal = await insertNow(record, place.name, document, whole);
    if (refusal !== undefined) return refusal;
  }
  // As it would be there: the next attempt looks once more, and then it is a document that is gone.
  const { written, disturbed } = sent
    ? { written: asMeant(record, document, place.name, plan.document, reader(plan.document)!), disturbed: true }
    : await writtenAs(record, document, place.name, plan.document, reader);
  const documents = again === undefined ? [...all, document] : all;
  await settleWrites(db, { aggregate, recordKey, revision: ours.revision }, documents, [written], type, planning);
  if (sent) return insertUnclear;
  if (disturbed) return changedMeanwhile;
  const unsaid = compared.filter((name) => !sameMeaning(written.read.view[name] ?? null, ours.view[name] ?? null));
  return unsaid.length === 0 ? done : cannotSay(aggregate, unsaid);
};

/** Why the old CRM refused it; `undefined` once it is there. */
const insertNow = async (
  { db, mongo, aggregate, recordKey, type }: RecordWriting,
  name: string,
  document: RecordDocument,
  whole: RawDocument,
): Promise<Outcome | undefined> => {
  try {
    await mongo.db.collection(name).insertOne(whole as never);
    return undefined;
  } catch (error) {
    const refusal = refusalOf(error);
    // The driver itself may have sent it twice.
    if (isDuplicate(error) && (await liveDocumentOf(mongo, type, document)).found !== undefined) return undefined;
    if (isAnswer(error)) await noteNotWritten(db, aggregate, recordKey);
    if (refusal === undefined) throw error;
    return refusal;
  }
};

type PlannedInsert = { readonly place: MappedCollection; readonly reader: Reader; readonly plan: PlannedWrite };

/** The first place whose document can be read, and leaves the least unsaid. */
const planInsert = async (
  { mongo, aggregate, type, ours, compared, readerIn, writingIn }: RecordWriting,
  id: unknown,
): Promise<PlannedInsert> => {
  const fields = new Set(compared.filter((name) => (ours.view[name] ?? null) !== null));
  const planned = placesFor(type, await collectionsThere(mongo)).map((place) => {
    const { document, isStillTaken } = beginDocument(id, place.where);
    const reader = readerIn(place.name);
    const plan = planNew(aggregate, fields, { ...writingIn(place.name), document }, reader, isStillTaken);
    return { place, reader, plan };
  });
  const unsaid = ({ reader, plan }: PlannedInsert) =>
    reader(plan.document) === undefined ? Number.POSITIVE_INFINITY : plan.unsaid.length;
  return planned.length === 1
    ? planned[0]!
    : planned.reduce((best, next) => (unsaid(next) < unsaid(best) ? next : best));
};

/** Where a new document may go: if collections have fields of their own, one of them may say what another cannot. */
const placesFor = (
  { collections, collectionOf }: MappedType,
  present: readonly string[],
): readonly MappedCollection[] => {
  const there = collections.filter(({ name }) => present.includes(name));
  const possible = there.length > 0 ? there : collections;
  return collectionOf === undefined ? possible.slice(0, 1) : possible;
};

/** Always the same for a record, so that inserting it twice is refused by the old CRM itself. */
const idFor = ({ bson }: Mongo, recordKey: string) =>
  new bson.ObjectId(hash('sha256', `openhouse ${recordKey}`, 'hex').slice(0, 24));
