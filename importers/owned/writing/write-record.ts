import { hash } from 'node:crypto';
import { pick, sameMeaning } from '../../../domain/changes.ts';
import type { OwnedType } from '../../../domain/ownership/index.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { documentsOfRecords, pendingAmong, type RecordDocument } from '../../apply/load-pending.ts';
import type { Planning } from '../../apply/planning/planner.ts';
import type { AnyDatabase } from '../../database.ts';
import { isInserting, noteInserting } from '../../differences/inserts.ts';
import { inQuarantineCode, keptCode, noteIntended, noteNotWritten, type Outcome } from '../../differences/outbox.ts';
import type { CompiledMapping, MappedType } from '../../mappings/compile.ts';
import type { MappedCollection } from '../../mappings/schema.ts';
import type { Mongo } from '../../mongo/connect.ts';
import { noteGone } from '../../mongo/following/gone.ts';
import { keptAmong } from '../../mongo/following/kept.ts';
import { takes } from '../../mongo/following/standings.ts';
import { collectionsThere } from '../../mongo/live-source.ts';
import { gone, isUnreadable } from '../../source.ts';
import { loadAgentDirectory } from '../../staging/references/references.ts';
import { domainFields } from '../labels.ts';
import { comparedFields, isHidden, ourView, ownedTypesInfo, theirView, type View } from '../record-view.ts';
import { beginDocument } from './begin-document.ts';
import { inUse } from './candidates/writing.ts';
import { type Edit, edited, idOfKey, type RawDocument, rawAt, rawDocument, updateOf } from './edits.ts';
import { timeLike } from './forms/dates.ts';
import { areQuarantined, asTheyAreThere, isKeptAlone, isUnread, type Live, liveDocumentOf } from './live-documents.ts';
import { dateOrdersOf, pathsOf } from './mapped-paths.ts';
import { dateSlots, type PathsInUse, pathsInUse } from './paths-in-use.ts';
import { type PlannedWrite, planChange, planNew, type Read, type Reader, readerOf } from './plan-write.ts';
import { isAnswer, isDuplicate, refusalOf } from './refusals.ts';
import { newDocument, reserveDocument, settleWrites, type Written } from './settle-write.ts';
import { referencesTo, spellingsIn } from './vocabulary.ts';

/** Writes one record to the old CRM. */
export type RecordWriter = (aggregate: OwnedType, recordKey: string) => Promise<Outcome>;

const done: Outcome = { outcome: 'written' };

/** What a run learns, when it first needs it, of how the old CRM's documents say things; each takes a look at a collection. */
export type Learned = {
  readonly spellings: ReturnType<typeof spellingsIn>;
  readonly inUse: Map<OwnedType, PathsInUse>;
};

export const learningFrom = (mongo: Mongo, mapping: CompiledMapping): Learned => ({
  spellings: spellingsIn(mongo, mapping),
  inUse: new Map(),
});

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
  const planning: Planning = { agents: await loadAgentDirectory(db), now: now.toISOString() };
  const references = await referencesTo(db, mongo.bson);
  return async (aggregate, recordKey) => {
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
    const kept = await keptAmong(
      db,
      collection,
      own.map(({ legacyId }) => legacyId),
    );
    if (isKeptAlone(own, kept)) return keptHere;
    const compared = [...comparedFields(aggregate, type), ...(aggregate === 'lead' ? ['emailOptOut'] : [])];
    const readerIn = readerOf(mongo.bson, aggregate, type, planning.agents);
    const words = await learned.spellings(type);
    const everywhere = pathsOf(mapping, mapped);
    const used = learned.inUse.get(aggregate) ?? (await pathsInUse(mongo, aggregate, type, everywhere));
    learned.inUse.set(aggregate, used);
    const writing = {
      bson: mongo.bson,
      uses: used.uses,
      example: used.example,
      wanted: ours.view,
      spellings: words,
      references,
    };
    /** What there is to write a document in this collection with. */
    const writingIn = (name: string) => ({
      ...writing,
      pathsOf: pathsOf(mapping, mapped, name),
      dateOrder: dateOrdersOf(mapping, mapped, name),
    });

    if (own.some(({ legacyId }) => idOfKey(mongo.bson, legacyId) === undefined))
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
      return await insert();
    }
    // Before anything is noted as written by us: an earlier run may have written what is there now.
    const unread = there.filter((one) => isUnread(one) && !isUnreadable(one.found!));
    if (unread.some(({ name, found }) => !takes(type, name, found!))) return leftOut;
    if (unread.length > 0) return (await areQuarantined(db, unread)) ? inQuarantine : changedMeanwhile;
    const found = new Map(live.map((one) => [one.document.legacyId, one]));
    const asTheyAre = asTheyAreThere(mongo.bson, collection, all, found, readerIn, kept);
    const isAny = asTheyAre.some((document) => document.collection === collection);
    const theirs: View = isAny ? theirView(aggregate, recordKey, asTheyAre, planning).view : {};
    const fields = new Set(compared.filter((name) => !sameMeaning(ours.view[name] ?? null, theirs[name] ?? null)));
    await noteIntended(db, aggregate, recordKey, pick(ours.view, [...fields]));
    const written: Written[] = [];
    const unsaid = new Set<string>();
    let stopped: Outcome | undefined;
    for (const one of there) {
      const outcome = await update(one);
      if ('outcome' in outcome) {
        stopped = outcome;
        break;
      }
      if (outcome.written !== undefined) written.push(outcome.written);
      if (outcome.disturbed === true) stopped = changedMeanwhile;
      for (const name of outcome.unsaid) unsaid.add(name);
    }
    await settleWrites(db, { aggregate, recordKey, revision: ours.revision }, all, written, type, planning);
    // Nothing is there that we wrote: what someone writes there later is an edit, whatever it is.
    if (written.length === 0) await noteNotWritten(db, aggregate, recordKey);
    if (stopped !== undefined) return stopped;
    return unsaid.size === 0 ? done : cannotSay(aggregate, [...unsaid]);

    async function update({
      document,
      name,
      found,
    }: Live): Promise<Outcome | { written?: Written; disturbed?: boolean; unsaid: readonly string[] }> {
      if (found === undefined || isUnreadable(found)) return refused('unreadable', 'the document cannot be read');
      const raw = rawDocument(mongo.bson, found.bytes);
      const reader = readerIn(name);
      const said = reader(raw);
      const optOutDiffers = aggregate === 'lead' && (said?.optOut ?? false) !== (ours!.view.emailOptOut === true);
      const wanted = new Set([...fields].filter((field) => field !== 'emailOptOut' || optOutDiffers));
      const plan = planChange(aggregate, wanted, { ...writingIn(name), document: raw }, reader);
      if (plan.edits.length === 0) {
        // It was known by what it said before someone edited it, until that was decided.
        const isAgreed = plan.unsaid.length === 0 && said !== undefined && isKnownOtherwise(document, said);
        const { bytes } = found;
        return {
          unsaid: plan.unsaid,
          ...(isAgreed && { written: { document, name, bytes, read: said, updatedAt: undefined } }),
        };
      }
      const edits = [...plan.edits, ...dated(writingIn(name), raw)];
      const { filter, update: change } = updateOf(raw, edits);
      try {
        const { matchedCount } = await mongo.db.collection(name).updateOne(filter as never, change as never);
        if (matchedCount === 0) return changedMeanwhile;
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === undefined) throw error;
        return refusal;
      }
      return { ...(await writtenAs(document, name, plan.document, reader)), unsaid: plan.unsaid };
    }

    /**
     * What a document says after it was written. If someone changed it at the same moment, it is recorded as we wrote
     * it, so that its present content counts as a change and is read before anything else is written.
     */
    async function writtenAs(
      document: RecordDocument,
      name: string,
      meant: RawDocument,
      reader: Reader,
    ): Promise<{ readonly written: Written; readonly disturbed: boolean }> {
      const { found } = await liveDocumentOf(mongo, type!, document);
      const wrote = reader(meant)!;
      const read =
        found === undefined || isUnreadable(found) ? undefined : reader(rawDocument(mongo.bson, found.bytes));
      const names = new Set([...Object.keys(read?.view ?? {}), ...Object.keys(wrote.view)]);
      const disturbed =
        read === undefined ||
        [...names].some((name) => !sameMeaning(read.view[name] ?? null, wrote.view[name] ?? null));
      if (disturbed) return asMeant(document, name, meant, wrote);
      return { written: { document, name, bytes: found!.bytes, read, updatedAt: now.toISOString() }, disturbed };
    }

    function asMeant(document: RecordDocument, name: string, meant: RawDocument, read: Read) {
      const bytes = mongo.bson.serialize(meant, { ignoreUndefined: true });
      return { written: { document, name, bytes, read, updatedAt: now.toISOString() }, disturbed: true };
    }

    async function insert(): Promise<Outcome> {
      const [again] = own.toSorted((one, other) => (one.legacyId < other.legacyId ? -1 : 1));
      const id = again === undefined ? idFor(mongo, recordKey) : idOfKey(mongo.bson, again.legacyId);
      const document = again ?? newDocument(collection, String(id), now);
      const sent = await isInserting(db, aggregate, recordKey, document);
      // It arrived after all: it is read first.
      if (sent && (await liveDocumentOf(mongo, type!, document)).found !== undefined) return changedMeanwhile;
      const present = await collectionsThere(mongo);
      const every = new Set(compared.filter((name) => (ours!.view[name] ?? null) !== null));
      const { place, reader, plan } = bestOf(
        placesFor(type!, present).map((place) => {
          const { document, isStillTaken } = beginDocument(id, place.where);
          const reader = readerIn(place.name);
          return {
            place,
            reader,
            plan: planNew(aggregate, every, { ...writingIn(place.name), document }, reader, isStillTaken),
          };
        }),
      );
      if (reader(plan.document) === undefined)
        return refused('incomplete', 'the record lacks something that a document must have');
      const whole = edited(plan.document, datesOf(place.name, plan.document)) ?? plan.document;
      if (!sent) {
        await noteIntended(db, aggregate, recordKey, ours!.view);
        if (again === undefined) await reserveDocument(db, document, recordKey, type!);
        await noteInserting(db, aggregate, recordKey, document);
        const refusal = await insertNow(place.name, document, whole);
        if (refusal !== undefined) return refusal;
      }
      // As it would be there: the next attempt looks once more, and then it is a document that is gone.
      const { written, disturbed } = sent
        ? asMeant(document, place.name, plan.document, reader(plan.document)!)
        : await writtenAs(document, place.name, plan.document, reader);
      const documents = again === undefined ? [...all, document] : all;
      await settleWrites(db, { aggregate, recordKey, revision: ours!.revision }, documents, [written], type!, planning);
      if (sent) return insertUnclear;
      if (disturbed) return changedMeanwhile;
      const unsaid = compared.filter((name) => !sameMeaning(written.read.view[name] ?? null, ours!.view[name] ?? null));
      return unsaid.length === 0 ? done : cannotSay(aggregate, unsaid);
    }

    /** Why the old CRM refused it; `undefined` once it is there. */
    async function insertNow(name: string, document: RecordDocument, whole: RawDocument): Promise<Outcome | undefined> {
      try {
        await mongo.db.collection(name).insertOne(whole as never);
        return undefined;
      } catch (error) {
        const refusal = refusalOf(error);
        // The driver itself may have sent it twice.
        if (isDuplicate(error) && (await liveDocumentOf(mongo, type!, document)).found !== undefined) return undefined;
        if (isAnswer(error)) await noteNotWritten(db, aggregate, recordKey);
        if (refusal === undefined) throw error;
        return refusal;
      }
    }

    /** The dates of a new document, where the others have theirs and as they write them. */
    function datesOf(name: string, document: RawDocument): readonly Edit[] {
      return dateSlots.flatMap((slot) => {
        const path = inUse({ ...writingIn(name), document }, slot);
        if (path === undefined || rawAt(document, path) !== undefined) return [];
        const order = writingIn(name).dateOrder(slot, path);
        return [{ path, value: timeLike(mongo.bson, used.example(path), now, order) ?? now }];
      });
    }

    function dated({ pathsOf, dateOrder }: ReturnType<typeof writingIn>, raw: RawDocument): readonly Edit[] {
      const path = pathsOf('updatedAt').find((other) => rawAt(raw, other) !== undefined);
      if (path === undefined) return [];
      const value = timeLike(mongo.bson, rawAt(raw, path), now, dateOrder('updatedAt', path));
      return value === undefined ? [] : [{ path, value }];
    }
  };
};

/** Whether a document that was read as it is now is on file with other identities (see `keepsIdentities` in staging/stage-batch.ts). */
const isKnownOtherwise = ({ payload, identities }: RecordDocument, read: Read): boolean =>
  sameMeaning(read.payload, payload) && !sameMeaning(read.identities, identities);

/** Where a new document may go: if collections have fields of their own, one of them may say what another cannot. */
const placesFor = (
  { collections, collectionOf }: MappedType,
  present: readonly string[],
): readonly MappedCollection[] => {
  const there = collections.filter(({ name }) => present.includes(name));
  const possible = there.length > 0 ? there : collections;
  return collectionOf === undefined ? possible.slice(0, 1) : possible;
};

type Planned = { readonly place: MappedCollection; readonly reader: Reader; readonly plan: PlannedWrite };

/** The first of those that can be read, and leave the least unsaid. */
const bestOf = (all: readonly Planned[]): Planned => {
  const unsaid = ({ reader, plan }: Planned) =>
    reader(plan.document) === undefined ? Number.POSITIVE_INFINITY : plan.unsaid.length;
  return all.length === 1 ? all[0]! : all.reduce((best, next) => (unsaid(next) < unsaid(best) ? next : best));
};

const refused = (code: string, reason: string): Outcome => ({ outcome: 'refused', code, reason });

const notApplied: Outcome = {
  outcome: 'failed',
  code: 'not-applied',
  reason: 'a change in the old CRM has been read and could not be applied; see the last import in `openhouse jobs`',
};

const changedMeanwhile: Outcome = {
  outcome: 'failed',
  code: 'changed-meanwhile',
  reason: 'someone changed the document in the same moment; it is read first',
};

/** Once it has left the quarantine, the record is tried again by itself. */
const inQuarantine: Outcome = {
  outcome: 'refused',
  code: inQuarantineCode,
  reason:
    'the document, as it is in the old CRM now, is in quarantine, and writing could overwrite what someone changed in it; ' +
    '`openhouse quarantine list` shows what is wrong with it: correct it there or in the old CRM',
};

const leftOut: Outcome = {
  outcome: 'refused',
  code: 'left-out',
  reason:
    "the mapping's filter leaves the document out, so it is not read, and writing could overwrite what someone changed in it; once the " +
    'filter takes it again, `openhouse write-back retry` writes it',
};

const keptHere: Outcome = {
  outcome: 'kept',
  code: keptCode,
  reason: 'a person decided that the record stays without its document; it is written when the document comes back',
};

const deletedThere: Outcome = {
  outcome: 'failed',
  code: 'deleted-there',
  reason: 'someone deleted the document in the old CRM; that is read first, and is a conflict for a person to decide',
};

const insertUnclear: Outcome = {
  outcome: 'failed',
  code: 'insert-unclear',
  reason:
    'openhouse was interrupted while it inserted the document in the old CRM, and it is not there: someone may have deleted it, so ' +
    'that becomes a conflict for a person to decide',
};

const cannotSay = (aggregate: OwnedType, names: readonly string[]): Outcome => {
  const labels = names.map((name) => domainFields[aggregate][name] ?? name).join(', ');
  const why = names.some((name) => name === 'media' || name === 'photosCount') ? `. ${whyNotPhotos}` : '';
  return refused(
    'cannot-say',
    `the old CRM's document cannot say this in a way that would be read back: ${labels}${why}`,
  );
};

const whyNotPhotos =
  'Where a document lists its photos, their number is that of the list: correct the photos rather than their number';

/** Always the same for a record, so that inserting it twice is refused by the old CRM itself. */
const idFor = ({ bson }: Mongo, recordKey: string) =>
  new bson.ObjectId(hash('sha256', `openhouse ${recordKey}`, 'hex').slice(0, 24));
