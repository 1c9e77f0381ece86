import { setImmediate as breathe } from 'node:timers/promises';
import { collectionPlans, type StagedCollection } from '../collections.ts';
import type { RoutedCollection } from '../mappings/route.ts';
import { isSourceError, isUnreadable, type SourceDocument, type SourceProblem } from '../source.ts';
import { type Arrival, arrivalOf, contentKey } from './arriving/arrival.ts';
import { optOutIn } from './arriving/opt-outs.ts';
import { type OptOutRow, writeOptOuts } from './documents/write-documents.ts';
import { type CollectionIds, readIds, uniqueIds } from './ids/collection-ids.ts';
import { settleContested } from './ids/contested.ts';
import { type GoneDocuments, goneDocuments } from './ids/gone-documents.ts';
import { prepareBatch, type Staging, writeBatch } from './stage-batch.ts';
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

const batchDocuments = 500;
const batchBytes = 4 * 1024 * 1024;

/**
 * Reads a collection to its end, or to where it is broken, and stages every new or changed document in batches; a batch
 * is written completely or not at all.
 */
export const stageCollection = async (
  collection: RoutedCollection & { readonly name: StagedCollection },
  staging: Staging,
): Promise<StageResult> => {
  const { mapped } = collection;
  const ids = collection.idsAreUnique ? uniqueIds() : await readIds(collection, staging.signal);
  const totals = { read: 0, unchanged: 0, quarantined: 0, newlyQuarantined: 0, written: 0, leftOut: 0 };
  let writing: Promise<void> = Promise.resolve();
  let batch: Arrival[] = [];
  let bytes = 0;

  const flush = async () => {
    const arrivals = batch;
    [batch, bytes] = [[], 0];
    if (arrivals.length === 0) return;
    // The next batch is mapped while the last one is being written; no two batches have a document in common.
    const prepared = await prepareBatch(arrivals, collection.name, mapped, staging);
    await writing;
    staging.signal.throwIfAborted();
    const last = arrivals.at(-1)!.found;
    writing = writeBatch(prepared, collection.name, mapped, staging).then(async (fresh) => {
      totals.newlyQuarantined += fresh;
      await collection.onStaged?.(last);
    });
    writing.catch(() => {}); // reported where it is awaited
    totals.unchanged += prepared.unchanged.length + prepared.older;
    totals.quarantined += prepared.quarantined.length;
    totals.written += arrivals.length - prepared.unchanged.length - prepared.older - prepared.quarantined.length;
    await writeLeftOut();
    await breathe();
  };

  const unread = unreadFields(mapped, collectionPlans[collection.name].readsByName);
  // Whom the mapping leaves out here may not be e-mailed either, if the document says so.
  let optOuts: OptOutRow[] = [];
  const leaveOut = (found: SourceDocument) => {
    totals.leftOut++;
    const { optOut, identities } = optOutIn(found, undefined, collection.name, mapped);
    if (optOut) optOuts.push(...identities.map((identity) => ({ identity, place: found.place, again: false })));
  };
  const writeLeftOut = async () => {
    const rows = optOuts;
    optOuts = [];
    await writeOptOuts(staging.db, rows, staging.now);
  };

  let problem: SourceProblem | undefined;
  try {
    for await (const found of collection.read(staging.onBytes, leaveOut)) {
      const arrival = arrivalOf(found, staging.now, mapped);
      const standing = ids.take(arrival.legacyId ?? contentKey(arrival), arrival.contentHash);
      totals.read++;
      if (standing === 'repeat') {
        totals.unchanged++;
        continue;
      }
      if (!isUnreadable(found)) unread.add(found.document);
      // If another document has that key, the ledger's entry belongs to that document.
      const formerId = arrival.formerId !== undefined && ids.has(arrival.formerId) ? undefined : arrival.formerId;
      batch.push({ ...arrival, formerId, contested: standing === 'contested' });
      bytes += found.bytes.length;
      if (batch.length >= batchDocuments || bytes >= batchBytes) await flush();
    }
  } catch (error) {
    if (!isSourceError(error)) throw error;
    problem = error.problem;
  }
  await flush();
  await writing;
  await writeLeftOut();
  const gone = problem === undefined ? await afterReading(collection.name, ids, staging) : undefined;
  return { ...totals, problem, gone, unread: unread.counts() };
};

const afterReading = async (name: StagedCollection, ids: CollectionIds, { db, runId, now, live }: Staging) => {
  await settleContested(db, name, ids, now);
  return live ? undefined : await goneDocuments(db, name, runId, ids);
};
