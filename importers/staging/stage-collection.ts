import { setImmediate as breathe } from 'node:timers/promises';
import { collectionPlans, type StagedCollection } from '../collections.ts';
import type { RoutedCollection } from '../mappings/route.ts';
import { keyInBson } from '../raw/document-key.ts';
import { detached } from '../raw/page.ts';
import { pagesVersion, readersVersion } from '../readers-version.ts';
import {
  contentHashOf,
  type Found,
  isSourceError,
  isUnreadable,
  type RawBson,
  type SourceDocument,
  type SourceProblem,
} from '../source.ts';
import { type Arrival, arrivalOf, contentKey } from './arriving/arrival.ts';
import { isSettled, type KnownDocument, knownDocuments } from './arriving/known-documents.ts';
import { optOutIn } from './arriving/opt-outs.ts';
import { stillInQuarantine } from './documents/quarantine.ts';
import { type OptOutRow, writeOptOuts } from './documents/write-documents.ts';
import { contentIn, readIds, uniqueIds } from './ids/collection-ids.ts';
import { settleContested } from './ids/contested.ts';
import { type GoneDocuments, goneDocuments } from './ids/gone-documents.ts';
import { keyOf } from './ids/hash-table.ts';
import { openPages, type PageEntry } from './pages/pages.ts';
import { forgetOutdated } from './pages/stored-pages.ts';
import { prepareBatch, type Staging, writeBatch, writeUnchanged } from './stage-batch.ts';
import { type UnreadFields, unreadFields } from './unread-fields.ts';

/** The result of staging a collection; documents that were `written` are applied, merged or set aside later. */
export type StageResult = {
  readonly read: number;
  readonly unchanged: number;
  readonly quarantined: number;
  /** Those of them that were not in quarantine before with the same content. */
  readonly newlyQuarantined: number;
  readonly written: number;
  /** Documents that the mapping's filter leaves out; they do not count as read. */
  readonly leftOut: number;
  /** Why the collection could not be read to the end. */
  readonly problem: SourceProblem | undefined;
  /** `undefined` if it was not read to the end, or the source is live: then sweeps look for them. */
  readonly gone: GoneDocuments | undefined;
  readonly unread: UnreadFields;
};

/** How many documents are looked up at a time. */
const batchDocuments = 2_000;
const batchBytes = 4 * 1024 * 1024;
/** How many of them, if new or changed, are mapped and written at a time. */
const chunkDocuments = 500;

/** How many pages are stored at a time. */
const chunkPages = 32;

/** A document of a batch: still as bytes, if its key is known without reading it. */
type Waiting = (
  | { readonly raw: RawBson; readonly legacyId: string; readonly contentHash: string; readonly contested: boolean }
  | { readonly arrival: Arrival }
) & { readonly entry?: PageEntry | undefined };

/**
 * Reads a collection to its end, or to where it is broken, and stages every new or changed document in batches; a batch
 * is written completely or not at all. Of documents that have not changed, only the `_id` and the hash are looked at; of those
 * in pages that have not changed (see `pages/`), only the hash of the page.
 */
export const stageCollection = async (
  collection: RoutedCollection & { readonly name: StagedCollection },
  staging: Staging,
): Promise<StageResult> => {
  const { mapped, name, bson } = collection;
  const { db, now, signal, runId, open } = staging;
  const readers = readersVersion(mapped);
  const version = pagesVersion(mapped);
  if (bson === undefined) await forgetOutdated(db, name, version);
  const concerned = { open, isCorrected: bson?.isCorrected };
  const pages = bson && (await openPages(db, name, version, concerned));
  const ids = collection.idsAreUnique ? uniqueIds() : await readIds(collection, signal, pages?.keysOf);
  const totals = { read: 0, unchanged: 0, quarantined: 0, newlyQuarantined: 0, written: 0, leftOut: 0 };
  const unread = unreadFields(mapped, collectionPlans[name].readsByName);
  let writing: Promise<void> = Promise.resolve();
  let batch: Waiting[] = [];
  let [bytes, read] = [0, 0];
  const idsOfPart: string[] = [];

  /** Each batch is prepared while the previous one is being written; no two batches share a document. */
  const write = async (work: () => Promise<void>) => {
    await writing;
    signal.throwIfAborted();
    writing = work();
    writing.catch(() => {}); // reported where it is awaited
    await writeLeftOut();
    await breathe();
  };

  const arrivalOfRaw = (one: Waiting): Arrival => {
    if ('arrival' in one) return one.arrival;
    const arrival = arrivalOf(bson!.read(one.raw), now, mapped);
    return { ...arrival, contested: one.contested, lookedUp: arrival.formerId === undefined };
  };

  const stageChanged = async (changed: readonly Changed[], known: ReadonlyMap<string, KnownDocument>) => {
    const arrivals = changed.map(({ arrival }) => arrival);
    const prepared = await prepareBatch(arrivals, known, name, mapped, staging);
    const settled = new Set(prepared.unchanged);
    for (const { legacyId, recordKey } of prepared.rows) if (recordKey !== null) settled.add(legacyId);
    for (const { arrival, entry, asItIs } of changed)
      entry?.page.decide(entry.position, asItIs && settled.has(arrival.legacyId!));
    await write(async () => {
      const { newlyQuarantined, transactionId } = await writeBatch(prepared, name, mapped, staging);
      totals.newlyQuarantined += newlyQuarantined;
      pages?.wrote(transactionId);
    });
    totals.unchanged += prepared.unchanged.length + prepared.older;
    totals.quarantined += prepared.quarantined.length;
    totals.written += arrivals.length - prepared.unchanged.length - prepared.older - prepared.quarantined.length;
  };

  const stage = async (documents: readonly Waiting[], known: ReadonlyMap<string, KnownDocument>) => {
    const unchanged: string[] = [];
    const quarantined = await stillInQuarantine(
      db,
      name,
      documents.flatMap((one) => ('raw' in one && !one.contested && open.has(one.legacyId) ? one : [])),
      { runId, now, readers },
    );
    totals.quarantined += quarantined.size;
    let changed: Changed[] = [];
    for (const one of documents) {
      const { entry } = one;
      if ('raw' in one && !one.contested) {
        const before = known.get(one.legacyId);
        const settled = before !== undefined && isSettled(before, one.contentHash, readers);
        if (settled || quarantined.has(one.legacyId)) {
          if (!quarantined.has(one.legacyId)) unchanged.push(one.legacyId);
          if (entry?.page.known === undefined && !unread.addBson(one.raw.bytes, entry?.page.unread))
            addUnread(bson!.read(one.raw), entry);
          entry?.page.decide(entry.position, !quarantined.has(one.legacyId));
          continue;
        }
      }
      const arrival = arrivalOfRaw(one);
      addUnread(arrival.found, entry);
      // If another document has that key, the ledger's entry belongs to that document.
      const isOthers = arrival.formerId !== undefined && ids.has(arrival.formerId);
      const asItIs = 'raw' in one && !one.contested;
      changed.push({ arrival: isOthers ? { ...arrival, formerId: undefined } : arrival, entry, asItIs });
      if (changed.length < chunkDocuments) continue;
      await stageChanged(changed, known);
      changed = [];
    }
    if (changed.length > 0) await stageChanged(changed, known);
    if (unchanged.length > 0) await write(() => writeUnchanged(unchanged, name, staging));
    if ((pages?.waiting() ?? 0) >= chunkPages) await write(() => pages!.store());
    totals.unchanged += unchanged.length;
    const last = documents.at(-1)!;
    if (collection.onStaged !== undefined) {
      const found = 'arrival' in last ? last.arrival.found : bson!.read(last.raw);
      await write(() => collection.onStaged!(found));
    }
  };
  const addUnread = (found: Found, entry: PageEntry | undefined) => {
    if (!isUnreadable(found) && entry?.page.known === undefined) unread.add(found.document, entry?.page.unread);
  };

  /** A batch is looked up while the one before is being staged. */
  let previous:
    | { readonly documents: readonly Waiting[]; readonly known: ReturnType<typeof knownDocuments> }
    | undefined;
  const stagePrevious = async () => {
    const { documents, known } = previous ?? { documents: [], known: undefined };
    previous = undefined;
    if (known !== undefined) await stage(documents, await known);
  };
  const flush = async () => {
    if (batch.length === 0) return;
    const documents = batch;
    [batch, bytes, read] = [[], 0, 0];
    const raw = documents.flatMap((one) => ('raw' in one ? one.legacyId : []));
    const known = knownDocuments(db, name, raw);
    known.catch(() => {}); // reported where it is awaited
    await stagePrevious();
    previous = { documents, known };
  };

  // An opt-out counts even in a document that the mapping leaves out here.
  let optOuts: OptOutRow[] = [];
  const leaveOut = (found: SourceDocument) => {
    totals.leftOut++;
    const { optOut, identities } = optOutIn(found, undefined, name, mapped);
    if (optOut) optOuts.push(...identities.map((identity) => ({ identity, place: found.place, again: false })));
  };
  const writeLeftOut = async () => {
    const rows = optOuts;
    optOuts = [];
    await writeOptOuts(db, rows, now);
  };

  /** @returns whether the batch is full */
  const take = (one: Found | RawBson, entry?: PageEntry): boolean => {
    const hashed = isRaw(one) ? contentHashOf(one) : undefined;
    const corrected = hashed !== undefined && bson?.isCorrected?.(hashed) === true;
    if (corrected) entry?.page.forget();
    const legacyId = isRaw(one) && !corrected ? keyInBson(one.bytes) : undefined;
    const arrival = legacyId !== undefined ? undefined : arrivalOf(isRaw(one) ? bson!.read(one) : one, now, mapped);
    const contentHash = arrival?.contentHash ?? hashed!;
    const id = legacyId ?? arrival?.legacyId;
    const takenAs = id ?? contentKey({ contentHash });
    const key = keyOf(takenAs);
    if (id !== undefined) entry?.page.identify(entry.position, key, contentHash);
    const content = arrival === undefined ? contentHash : contentIn(arrival.found, contentHash, mapped);
    const standing = ids.take(takenAs, content, key);
    if (staging.part && id !== undefined) idsOfPart.push(id);
    totals.read++;
    if (standing === 'repeat') {
      totals.unchanged++;
      entry?.page.decide(entry.position, false);
      return false;
    }
    const contested = standing === 'contested';
    batch.push(
      arrival === undefined
        ? { raw: one as RawBson, legacyId: legacyId!, contentHash, contested, entry }
        : { arrival: { ...arrival, contested }, entry },
    );
    bytes += one.bytes.length;
    if (arrival !== undefined) read++;
    return batch.length >= batchDocuments || read >= chunkDocuments || bytes >= batchBytes;
  };

  let problem: SourceProblem | undefined;
  try {
    if (bson === undefined) {
      for await (const found of collection.read(staging.onBytes, leaveOut)) if (take(found)) await flush();
    } else {
      for await (const bytes of bson.pages(staging.onBytes)) {
        signal.throwIfAborted();
        const page = pages!.read(bytes, ids.isContested);
        if (page.known !== undefined) {
          const passed = bytes.length - page.lookAt.length;
          totals.read += passed;
          totals.unchanged += passed;
          if (!page.isRepeat) unread.addCounts(page.known.unread);
          ids.pass(page.known.keys, page.lookAt);
        }
        for (const position of page.lookAt) {
          const raw = bytes.at(position);
          if (take(page.known === undefined ? raw : detached(raw), { page, position })) await flush();
        }
      }
    }
  } catch (error) {
    if (!isSourceError(error)) throw error;
    problem = error.problem;
  }
  await flush();
  await stagePrevious();
  await writing;
  await writeLeftOut();
  await pages?.store();
  await pages?.settle(problem === undefined && !bson?.startsWithin);
  const those = staging.part ? idsOfPart : undefined;
  if (problem === undefined) await settleContested(db, name, ids, now, those);
  const gone = problem === undefined && !staging.live ? await goneDocuments(db, name, ids) : undefined;
  return { ...totals, problem, gone, unread: unread.counts() };
};

/** A document to be staged; `asItIs`: the page's bytes alone say what it is, and no other document does. */
type Changed = { readonly arrival: Arrival; readonly entry: PageEntry | undefined; readonly asItIs: boolean };

const isRaw = (one: Found | RawBson): one is RawBson => 'offset' in one;
