import { pick, sameMeaning } from '../../../../domain/changes.ts';
import type { OwnedType } from '../../../../domain/ownership/index.ts';
import type { EventStore } from '../../../../eventstore/event-store.ts';
import { documentsOfRecords, pendingAmong } from '../../../apply/load-pending.ts';
import type { AnyDatabase } from '../../../database.ts';
import { noteIntended, noteNotWritten, type Outcome } from '../../../differences/outbox.ts';
import type { CompiledMapping } from '../../../mappings/compile.ts';
import type { Mongo } from '../../../mongo/connect.ts';
import { keptAmong } from '../../../mongo/following/kept.ts';
import { takes } from '../../../mongo/following/standings.ts';
import { noteGone } from '../../../mongo/following/sweeping/gone.ts';
import { gone, isUnreadable } from '../../../source.ts';
import { loadAgentDirectory } from '../../../staging/references/references.ts';
import { isHidden, ourView, ownedTypesInfo, theirView, type View } from '../../record-view.ts';
import { idOfKey } from '../edits.ts';
import { referencesTo } from '../vocabulary.ts';
import { insertDocument } from './insert-document.ts';
import { areQuarantined, asTheyAreThere, isKeptAlone, isUnread, type Live, liveDocumentOf } from './live-documents.ts';
import {
  cannotSay,
  changedMeanwhile,
  deletedThere,
  done,
  inQuarantine,
  keptHere,
  leftOut,
  notApplied,
  refused,
} from './outcomes.ts';
import { settleWrites, type Written } from './settle-write.ts';
import { updateDocument } from './update-document.ts';
import { beginWriting, type Learned, type RecordWriting, type Tools } from './writing.ts';

/** Writes one record to the old CRM. */
export type RecordWriter = (aggregate: OwnedType, recordKey: string) => Promise<Outcome>;

/**
 * A writer of records. It writes the record as it is at that moment, so that writing it again changes nothing.
 * @param now the time that a document gets as the date of its last change
 */
export const recordWriter = async (
  db: AnyDatabase,
  store: EventStore,
  mongo: Mongo,
  mapping: CompiledMapping,
  now: Date,
  learned: Learned,
): Promise<RecordWriter> => {
  const planning = { agents: await loadAgentDirectory(db), now: now.toISOString() };
  const references = await referencesTo(db, mongo.bson);
  const tools = { db, mongo, mapping, now, learned, planning, references };
  return (aggregate, recordKey) => writeRecord(tools, store, aggregate, recordKey);
};

const writeRecord = async (
  tools: Tools,
  store: EventStore,
  aggregate: OwnedType,
  recordKey: string,
): Promise<Outcome> => {
  const { db, mongo, mapping } = tools;
  const { collection, mapped } = ownedTypesInfo[aggregate];
  const type = mapping.types[mapped];
  if (type === undefined) return refused('not-mapped', `the mapping ${mapping.name} does not have ${mapped}`);
  const ours = await ourView(store, aggregate, recordKey);
  if (ours === undefined) return done;
  const all = (await documentsOfRecords(db, [recordKey])).get(recordKey) ?? [];
  // Writing now would overwrite what someone changed or deleted there. Following notes deletions at any moment, so the order
  // matters: whatever it has noted in the documents above is pending until it is applied.
  if ((await pendingAmong(db, [recordKey])).size > 0) return notApplied;
  const own = all.filter((document) => document.collection === collection);
  const ids = own.map(({ legacyId }) => legacyId);
  const kept = await keptAmong(db, collection, ids);
  if (isKeptAlone(own, kept)) return keptHere;
  const record = await beginWriting(tools, { aggregate, recordKey, type, ours, all, own });

  if (ids.some((legacyId) => idOfKey(mongo.bson, legacyId) === undefined))
    return refused('id-unsupported', 'the document has an _id that is too long to be written');
  const live = await Promise.all(own.map((document) => liveDocumentOf(mongo, type, document)));
  const there = live.filter(({ found }) => found !== undefined);
  // A document that is unexpectedly gone is an edit there, which a person has to decide about: it is read first.
  const missed = live.filter(({ found, document }) => found === undefined && document.contentHash !== gone);
  for (const { document } of missed)
    if (!kept.has(document.legacyId)) await noteGone(db, document.collection, document.legacyId);
  if (there.length === 0) {
    if (isHidden(ours.view) && own.length > 0) return done;
    if (missed.length > 0) return deletedThere;
    return await insertDocument(record);
  }
  // Before anything is noted as written by us: an earlier run may have written what is there now.
  const unread = there.filter((one) => isUnread(one) && !isUnreadable(one.found!));
  if (unread.some(({ name, found }) => !takes(type, name, found!))) return leftOut;
  if (unread.length > 0) return (await areQuarantined(db, unread)) ? inQuarantine : changedMeanwhile;
  return await updateDocuments(record, there, fieldsThatDiffer(record, live, kept));
};

/** The fields in which openhouse says something else than the documents do, as they are in the old CRM now. */
const fieldsThatDiffer = (
  { aggregate, recordKey, mongo, all, ours, compared, planning, readerIn }: RecordWriting,
  live: readonly Live[],
  kept: ReadonlySet<string>,
): ReadonlySet<string> => {
  const { collection } = ownedTypesInfo[aggregate];
  const found = new Map(live.map((one) => [one.document.legacyId, one]));
  const asTheyAre = asTheyAreThere(mongo.bson, collection, all, found, readerIn, kept);
  const isAny = asTheyAre.some((document) => document.collection === collection);
  const theirs: View = isAny ? theirView(aggregate, recordKey, asTheyAre, planning).view : {};
  return new Set(compared.filter((name) => !sameMeaning(ours.view[name] ?? null, theirs[name] ?? null)));
};

/** Writes these fields into each of the documents, until one cannot be written. */
const updateDocuments = async (
  record: RecordWriting,
  there: readonly Live[],
  fields: ReadonlySet<string>,
): Promise<Outcome> => {
  const { db, aggregate, recordKey, type, ours, all, planning } = record;
  await noteIntended(db, aggregate, recordKey, pick(ours.view, [...fields]));
  const written: Written[] = [];
  const unsaid = new Set<string>();
  let stopped: Outcome | undefined;
  for (const one of there) {
    const updated = await updateDocument(record, fields, one);
    if ('outcome' in updated) {
      stopped = updated;
      break;
    }
    if (updated.written !== undefined) written.push(updated.written);
    if (updated.disturbed === true) stopped = changedMeanwhile;
    for (const name of updated.unsaid) unsaid.add(name);
  }
  await settleWrites(db, { aggregate, recordKey, revision: ours.revision }, all, written, type, planning);
  // Nothing is there that we wrote: what someone writes there later is an edit, whatever it is.
  if (written.length === 0) await noteNotWritten(db, aggregate, recordKey);
  if (stopped !== undefined) return stopped;
  return unsaid.size === 0 ? done : cannotSay(aggregate, [...unsaid]);
};
