import { setImmediate as breathe } from 'node:timers/promises';
import { collectionPlans, type StagedCollection } from '../collections.ts';
import type { AnyDatabase } from '../database.ts';
import type { SourceCollection } from '../source.ts';
import { isSourceError, isUnreadable, type SourceProblem } from '../source.ts';
import { type CollectionIds, readIds } from './collection-ids.ts';
import { contestedBefore, settleContested } from './contested.ts';
import { type FieldTimes, fieldTimesAfter } from './field-times.ts';
import { type GoneDocuments, goneDocuments } from './gone-documents.ts';
import { type KnownPayload, knownDocuments, knownPayloads } from './known-documents.ts';
import {
  type Arrival,
  arrivalOf,
  type Candidate,
  contentKey,
  inQuarantine,
  quarantineKey,
  rowOf,
  type Sorted,
  sortArrivals,
} from './prepare.ts';
import { keepInQuarantine, leaveQuarantine, type QuarantinedDocument } from './quarantine.ts';
import { type AgentDirectory, resolveContacts } from './references.ts';
import { type UnreadFields, unreadFields } from './unread-fields.ts';
import {
  markPending,
  type StagedRow,
  touchDocuments,
  writeAddresses,
  writeDocuments,
  writeIdentities,
  writeNames,
  writeOptOuts,
} from './write-documents.ts';

export type Staging = {
  readonly db: AnyDatabase;
  readonly runId: string;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly agents: AgentDirectory;
  /** Bytes of the source that were read. */
  readonly onBytes: (bytes: number) => void;
};

/** How a collection's documents were taken; those that are `written` are applied, merged or set aside later. */
export type StageResult = {
  readonly read: number;
  readonly unchanged: number;
  readonly quarantined: number;
  readonly written: number;
  /** Why the collection could not be read to its end. */
  readonly problem: SourceProblem | undefined;
  /** `undefined` when it was not read to its end. */
  readonly gone: GoneDocuments | undefined;
  readonly unread: UnreadFields;
};

const batchDocuments = 500;
const batchBytes = 4 * 1024 * 1024;

/**
 * Reads a collection to its end, or to where it breaks, and writes down every document that is new or says something else
 * than before, batch by batch: a batch is written whole or not at all.
 */
export const stageCollection = async (
  collection: SourceCollection & { readonly name: StagedCollection },
  staging: Staging,
): Promise<StageResult> => {
  const ids = await readIds(collection, staging.signal);
  const totals = { read: 0, unchanged: 0, quarantined: 0, written: 0 };
  let writing: Promise<void> = Promise.resolve();
  let batch: Arrival[] = [];
  let bytes = 0;

  const flush = async () => {
    const arrivals = batch;
    [batch, bytes] = [[], 0];
    if (arrivals.length === 0) return;
    // The next batch is mapped while the last one is being written: no two have a document in common.
    const prepared = await prepareBatch(arrivals, collection.name, staging);
    await writing;
    staging.signal.throwIfAborted();
    writing = writeBatch(prepared, collection.name, staging);
    writing.catch(() => {}); // reported by whoever waits for it
    totals.unchanged += prepared.unchanged.length + prepared.older;
    totals.quarantined += prepared.quarantined.length;
    totals.written += arrivals.length - prepared.unchanged.length - prepared.older - prepared.quarantined.length;
    await breathe();
  };

  const unread = unreadFields(collectionPlans[collection.name].reads);
  let problem: SourceProblem | undefined;
  try {
    for await (const found of collection.read(staging.onBytes)) {
      const arrival = arrivalOf(found, staging.now);
      const standing = ids.take(arrival.legacyId ?? contentKey(arrival), arrival.contentHash);
      totals.read++;
      if (standing === 'repeat') {
        totals.unchanged++;
        continue;
      }
      if (!isUnreadable(found)) unread.add(found.document);
      batch.push({ ...arrival, contested: standing === 'contested' });
      bytes += found.bytes.length;
      if (batch.length >= batchDocuments || bytes >= batchBytes) await flush();
    }
  } catch (error) {
    if (!isSourceError(error)) throw error;
    problem = error.problem;
  }
  await flush();
  await writing;
  const gone = problem === undefined ? await afterReading(collection.name, ids, staging) : undefined;
  return { ...totals, problem, gone, unread: unread.counts() };
};

const afterReading = async (name: StagedCollection, ids: CollectionIds, { db, runId, now }: Staging) => {
  await settleContested(db, name, ids, now);
  return await goneDocuments(db, name, runId, ids);
};

type Prepared = {
  readonly rows: readonly StagedRow[];
  readonly touched: readonly Pick<StagedRow, 'legacyId' | 'contentHash' | 'updatedAt'>[];
  readonly stale: readonly { readonly legacyId: string; readonly identity: string }[];
  readonly quarantined: readonly QuarantinedDocument[];
  /** Ids whose entries in quarantine make way for those of several documents with that id. */
  readonly superseded: readonly string[];
  readonly unchanged: readonly string[];
  /** How many came in an earlier form than we have. */
  readonly older: number;
  readonly optOuts: Sorted['optOuts'];
};

const prepareBatch = async (
  arrivals: readonly Arrival[],
  collection: StagedCollection,
  { db, agents, now }: Staging,
): Promise<Prepared> => {
  const plan = collectionPlans[collection];
  const known = await knownDocuments(
    db,
    collection,
    arrivals.flatMap(({ legacyId }) => legacyId ?? []),
  );
  const contested = arrivals.filter((arrival) => arrival.contested);
  const seenBefore = await contestedBefore(db, collection, contested.map(quarantineKey));
  const { candidates, quarantined, unchanged, older, optOuts } = sortArrivals(
    arrivals,
    { known, seenBefore },
    collection,
    plan,
  );
  const contacts = await resolveContacts(
    db,
    candidates.flatMap(({ mapped }) => mapped.contactRef ?? []),
  );
  const said = await knownPayloads(
    db,
    collection,
    candidates.filter(({ changed }) => changed).map(({ legacyId }) => legacyId),
  );
  const prepared = { rows: [] as StagedRow[], touched: [] as StagedRow[], stale: [] as Prepared['stale'][number][] };
  for (const candidate of candidates) {
    const { row, missing } = rowOf(candidate, collection, plan, agents, contacts);
    if (missing !== undefined) {
      quarantined.push(inQuarantine(candidate.arrival, missing));
      // What a record said before stands until what it says now can be taken; of a new one its words are kept for then.
      if (candidate.known === undefined || candidate.known.recordKey === null) prepared.rows.push(row);
      continue;
    }
    const before = said.get(row.legacyId);
    const same = before !== undefined && before.payload === JSON.stringify(row.payload) && !candidate.known?.pending;
    if (same && candidate.known?.optOut === row.optOut) {
      prepared.touched.push(row);
      unchanged.push(row.legacyId);
      continue;
    }
    prepared.rows.push(before === undefined ? row : { ...row, fieldTimes: timesAfter(candidate, before, now) });
    for (const identity of before?.identities ?? []) {
      if (!row.identities.includes(identity)) prepared.stale.push({ legacyId: row.legacyId, identity });
    }
  }
  const superseded = contested.flatMap(({ legacyId }) => legacyId ?? []);
  return { ...prepared, quarantined, superseded, unchanged, older: older.length, optOuts };
};

/** An edit that does not say when it was made was made by now. */
const timesAfter = ({ arrival, known, mapped }: Candidate, before: KnownPayload, now: Date): FieldTimes => {
  const { updatedAt } = arrival.times;
  const says = updatedAt !== undefined && updatedAt > (known?.updatedAt ?? '');
  const { payload, fieldTimes } = before;
  return fieldTimesAfter(
    { payload: JSON.parse(payload), fieldTimes },
    mapped.payload,
    says ? updatedAt : now.toISOString(),
  );
};

const writeBatch = async (
  { rows, touched, stale, quarantined, superseded, unchanged, optOuts }: Prepared,
  collection: StagedCollection,
  { db, runId, now }: Staging,
): Promise<void> => {
  const identities = rows.flatMap(({ legacyId, identities }) => identities.map((identity) => ({ legacyId, identity })));
  const homes = rows.filter(({ recordKey }) => recordKey !== null);
  const fine = [...homes.map(({ legacyId }) => legacyId), ...superseded, ...unchanged];
  await db.transaction().execute(async (transaction) => {
    await writeDocuments(transaction, collection, rows, runId);
    await touchDocuments(transaction, collection, touched);
    await writeIdentities(transaction, collection, identities, stale);
    if (collection === 'contacts') await writeAddresses(transaction, rows);
    await writeNames(
      transaction,
      collection,
      rows.map(({ legacyId }) => legacyId),
    );
    await markDocumentsPending(transaction, collection, homes);
    await leaveQuarantine(transaction, collection, fine, now);
    await keepInQuarantine(transaction, collection, quarantined, now);
    await writeOptOuts(transaction, optOuts, now);
  });
};

/** The records of these documents have something to be applied; which ones they are, the documents on file know best. */
const markDocumentsPending = (db: AnyDatabase, collection: StagedCollection, rows: readonly StagedRow[]) =>
  markPending(
    db,
    collectionPlans[collection].aggregate,
    rows.map(({ recordKey }) => recordKey!),
  );
