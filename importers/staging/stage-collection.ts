import { setImmediate as breathe } from 'node:timers/promises';
import { collectionPlans, type StagedCollection } from '../collections.ts';
import type { AnyDatabase } from '../database.ts';
import type { SourceCollection } from '../source.ts';
import { isSourceError, isUnreadable, type SourceProblem } from '../source.ts';
import { type GoneDocuments, goneDocuments, seenIds } from './gone-documents.ts';
import { knownDocuments, knownPayloads } from './known-documents.ts';
import { type Arrival, arrivalOf, inQuarantine, rowOf, type Sorted, sortArrivals } from './prepare.ts';
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
  const totals = { read: 0, unchanged: 0, quarantined: 0, written: 0 };
  let writing: Promise<void> = Promise.resolve();
  let writingIds: ReadonlySet<string> = new Set();
  let batch: Arrival[] = [];
  let ids = new Set<string>();
  let bytes = 0;

  const flush = async () => {
    const [arrivals, arrived] = [batch, ids];
    [batch, ids, bytes] = [[], new Set(), 0];
    if (arrivals.length === 0) return;
    // The next batch is mapped while the last one is being written, unless the two have a document in common.
    if ([...arrived].some((id) => writingIds.has(id))) await writing;
    const prepared = await prepareBatch(arrivals, [...arrived], collection.name, staging);
    await writing;
    staging.signal.throwIfAborted();
    writing = writeBatch(prepared, collection.name, staging);
    writing.catch(() => {}); // told by whoever waits for it
    writingIds = arrived;
    totals.read += arrivals.length;
    totals.unchanged += prepared.unchanged.length + prepared.older;
    totals.quarantined += prepared.quarantined.length;
    totals.written += arrivals.length - prepared.unchanged.length - prepared.older - prepared.quarantined.length;
    await breathe();
  };

  const seen = seenIds();
  const unread = unreadFields(collectionPlans[collection.name].reads);
  let problem: SourceProblem | undefined;
  try {
    for await (const found of collection.read(staging.onBytes)) {
      if (!isUnreadable(found)) unread.add(found.document);
      const arrival = arrivalOf(found, staging.now);
      const { legacyId } = arrival;
      if (legacyId !== undefined && ids.has(legacyId)) await flush();
      if (legacyId !== undefined) {
        ids.add(legacyId);
        seen.add(legacyId);
      }
      batch.push(arrival);
      bytes += found.bytes.length;
      if (batch.length >= batchDocuments || bytes >= batchBytes) await flush();
    }
  } catch (error) {
    if (!isSourceError(error)) throw error;
    problem = error.problem;
  }
  await flush();
  await writing;
  const gone =
    problem === undefined ? await goneDocuments(staging.db, collection.name, staging.runId, seen) : undefined;
  return { ...totals, problem, gone, unread: unread.counts() };
};

type Prepared = {
  readonly rows: readonly StagedRow[];
  readonly touched: readonly Pick<StagedRow, 'legacyId' | 'contentHash' | 'updatedAt'>[];
  readonly stale: readonly { readonly legacyId: string; readonly identity: string }[];
  readonly quarantined: readonly QuarantinedDocument[];
  readonly unchanged: readonly string[];
  /** How many came in an earlier form than we have. */
  readonly older: number;
  readonly optOuts: Sorted['optOuts'];
};

const prepareBatch = async (
  arrivals: readonly Arrival[],
  ids: readonly string[],
  collection: StagedCollection,
  { db, agents }: Staging,
): Promise<Prepared> => {
  const plan = collectionPlans[collection];
  const known = await knownDocuments(db, collection, ids);
  const { candidates, quarantined, unchanged, older, optOuts } = sortArrivals(arrivals, known, collection, plan);
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
    prepared.rows.push(row);
    for (const identity of before?.identities ?? []) {
      if (!row.identities.includes(identity)) prepared.stale.push({ legacyId: row.legacyId, identity });
    }
  }
  return { ...prepared, quarantined, unchanged, older: older.length, optOuts };
};

const writeBatch = async (
  { rows, touched, stale, quarantined, unchanged, optOuts }: Prepared,
  collection: StagedCollection,
  { db, runId, now }: Staging,
): Promise<void> => {
  const identities = rows.flatMap(({ legacyId, identities }) => identities.map((identity) => ({ legacyId, identity })));
  const homes = rows.filter(({ recordKey }) => recordKey !== null);
  const fine = [...homes.map(({ legacyId }) => legacyId), ...unchanged];
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
