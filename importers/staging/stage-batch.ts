import { collectionPlans, type StagedCollection } from '../collections.ts';
import type { AnyDatabase } from '../database.ts';
import { hasKeys, type MappedType } from '../mappings/compile.ts';
import { readersVersion } from '../readers-version.ts';
import { type Arrival, inQuarantine, quarantineKey } from './arriving/arrival.ts';
import { takeOverFormerKeys } from './arriving/former-keys.ts';
import { type KnownDocument, type KnownPayload, knownDocuments, knownPayloads } from './arriving/known-documents.ts';
import { rowOf } from './arriving/row.ts';
import { type Candidate, type Sorted, sortArrivals } from './arriving/sort-arrivals.ts';
import { type FieldTimes, fieldTimesAfter } from './documents/field-times.ts';
import { keepInQuarantine, leaveQuarantine, type QuarantinedDocument } from './documents/quarantine.ts';
import {
  markPending,
  type StagedRow,
  touchDocuments,
  writeAddresses,
  writeDocuments,
  writeIdentities,
  writeNames,
  writeOptOuts,
} from './documents/write-documents.ts';
import { dropEdits, type Edits } from './edits/edits.ts';
import { contestedBefore } from './ids/contested.ts';
import type { OpenEntries } from './ids/open-entries.ts';
import { encodeBlock, type Original } from './originals/block.ts';
import { storeOriginals, type ToStore } from './originals/originals.ts';
import { transactionIdOf } from './pages/stored-pages.ts';
import { type AgentDirectory, resolveContacts } from './references/references.ts';

export type Staging = {
  readonly db: AnyDatabase;
  readonly runId: string;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly agents: AgentDirectory;
  /** Whether the source is only what changed: then nothing is looked at that takes longer the more is on file. */
  readonly part: boolean;
  /** Whether the source is the CRM itself: what it says is never older than what is on file. */
  readonly live: boolean;
  /**
   * Whether openhouse owns its records: then an edited document stays with its record and does not join another one
   * (see apply/guard.ts).
   */
  readonly keepsIdentities: boolean;
  /** How people corrected this collection's documents. */
  readonly edits: Edits;
  /** Which of its documents are in quarantine. */
  readonly open: OpenEntries;
  /** The number of bytes of the source that were read. */
  readonly onBytes: (bytes: number) => void;
};

/** A batch, ready to be written. */
export type Prepared = {
  readonly rows: readonly StagedRow[];
  readonly touched: readonly StagedRow[];
  readonly stale: readonly { readonly legacyId: string; readonly identity: string }[];
  readonly quarantined: readonly QuarantinedDocument[];
  /** IDs whose quarantine entries are replaced by those of several documents with that ID. */
  readonly superseded: readonly string[];
  readonly unchanged: readonly string[];
  /** Keys of quarantine entries whose documents are fine now, where they differ from legacy IDs. */
  readonly settledEntries: readonly string[];
  /** How many documents are older than the version on file. */
  readonly older: number;
  readonly optOuts: Sorted['optOuts'];
  /** Those of `rows` and `touched` whose originals are not stored yet. */
  readonly originals: ToStore;
};

/**
 * Looks up what a batch needs, and decides what becomes of each document. Writes nothing.
 *
 * @param lookedUp what the ledger has of arrivals that were looked up before
 */
export const prepareBatch = async (
  arrivals: readonly Arrival[],
  lookedUp: ReadonlyMap<string, KnownDocument>,
  collection: StagedCollection,
  type: MappedType,
  { db, agents, now, runId, live, keepsIdentities }: Staging,
): Promise<Prepared> => {
  const plan = collectionPlans[collection];
  await takeOverFormerKeys(db, collection, plan.aggregate, arrivals, runId);
  const others = await knownDocuments(
    db,
    collection,
    arrivals.flatMap(({ legacyId, lookedUp }) => (lookedUp ? [] : (legacyId ?? []))),
  );
  const known = others.size === 0 ? lookedUp : new Map([...lookedUp, ...others]);
  const contested = arrivals.filter((arrival) => arrival.contested);
  const seenBefore = await contestedBefore(db, collection, contested.map(quarantineKey));
  const { candidates, quarantined, unchanged, older, optOuts } = sortArrivals(
    arrivals,
    { known, seenBefore, live },
    collection,
    type,
  );
  const contacts = await resolveContacts(
    db,
    candidates.flatMap(({ mapped }) => mapped.contactRef ?? []),
  );
  const said = await knownPayloads(
    db,
    collection,
    candidates.filter(({ compare }) => compare !== undefined).map(({ legacyId }) => legacyId),
  );
  const prepared = { rows: [] as StagedRow[], touched: [] as StagedRow[], stale: [] as Prepared['stale'][number][] };
  const originals: Original[] = [];
  const replaced: string[] = [];
  const keepOriginal = ({ arrival: { found, contentHash }, legacyId, known }: Candidate) => {
    const block = known?.originalBlock ?? undefined;
    const isThere = known?.contentHash === contentHash && known.foundIn === type.collectionOf?.(found.place);
    if (block !== undefined && isThere) return;
    if (block !== undefined) replaced.push(block);
    originals.push({ legacyId, place: found.place, bytes: found.bytes, contentHash: found.contentHash });
  };
  for (const candidate of candidates) {
    const { place } = candidate.arrival.found;
    const pathOf = (slot: string) => type.look(candidate.document, place).path(slot);
    const foundIn = type.collectionOf?.(place);
    const { row: asRead, missing } = rowOf(candidate, collection, plan, agents, contacts, pathOf, foundIn);
    const before = said.get(candidate.legacyId);
    const row = keepsIdentities && before !== undefined ? { ...asRead, identities: before.identities } : asRead;
    if (missing !== undefined) {
      quarantined.push(inQuarantine(candidate.arrival, missing));
      // While a changed document cannot be applied, its record keeps the previous content; a new document's content is
      // kept until it can be.
      if (candidate.known === undefined || candidate.known.recordKey === null) {
        prepared.rows.push(row);
        keepOriginal(candidate);
      }
      continue;
    }
    keepOriginal(candidate);
    const { pending, beingWritten } = candidate.known ?? {};
    // If something was being written to it, someone may have undone that.
    const isSettled = !pending && !(beingWritten && candidate.compare === 'changed');
    if (before !== undefined && isSettled && saysTheSame(candidate, before, row)) {
      prepared.touched.push(row);
      unchanged.push(row.legacyId);
      continue;
    }
    prepared.rows.push(before === undefined ? row : withHistory(candidate, before, row, now));
    for (const identity of before?.identities ?? []) {
      if (!row.identities.includes(identity)) prepared.stale.push({ legacyId: row.legacyId, identity });
    }
  }
  const superseded = contested.flatMap(({ legacyId }) => legacyId ?? []);
  const stillThere = new Set(quarantined.map(({ documentKey }) => documentKey));
  const settledEntries = arrivals.flatMap(({ found: { entryKey } }) =>
    entryKey === undefined || stillThere.has(entryKey) ? [] : [entryKey],
  );
  return {
    ...prepared,
    quarantined,
    superseded,
    unchanged,
    settledEntries,
    older: older.length,
    optOuts,
    originals: { block: await encodeBlock(originals), legacyIds: originals.map(({ legacyId }) => legacyId), replaced },
  };
};

const saysTheSame = ({ known, compare }: Candidate, before: KnownPayload, row: StagedRow): boolean =>
  before.payload === JSON.stringify(row.payload) &&
  known?.optOut === row.optOut &&
  // Newer readers may read a document differently even where its payload does not show it.
  (compare === 'changed' ||
    JSON.stringify([before.identities, before.contactRef, before.agentRef, before.createdAt, known?.updatedAt]) ===
      JSON.stringify([row.identities, row.contactRef ?? null, row.agentRef ?? null, row.createdAt, row.updatedAt]));

/**
 * A document that was only read again has not changed: its fields keep their times, and differences are corrections.
 */
const withHistory = (candidate: Candidate, before: KnownPayload, row: StagedRow, now: Date): StagedRow =>
  candidate.compare === 'read-again'
    ? { ...row, readAgain: true }
    : { ...row, fieldTimes: timesAfter(candidate, before, now) };

/** An edit without a date was made before now. */
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

/**
 * Writes a batch completely or not at all.
 * @returns how many documents are new in quarantine, and the transaction
 */
export const writeBatch = async (
  { rows, touched, stale, quarantined, superseded, unchanged, settledEntries, optOuts, originals }: Prepared,
  collection: StagedCollection,
  type: MappedType,
  { db, runId, now, edits, open }: Staging,
): Promise<{ readonly newlyQuarantined: number; readonly transactionId: string }> => {
  const identities = rows.flatMap(({ legacyId, identities }) => identities.map((identity) => ({ legacyId, identity })));
  const homes = rows.filter(({ recordKey }) => recordKey !== null);
  const fine = [...homes.map(({ legacyId }) => legacyId), ...superseded, ...unchanged, ...settledEntries].filter(
    open.has,
  );
  for (const { documentKey } of quarantined) open.add(documentKey);
  return await db.transaction().execute(async (transaction) => {
    const stored = await storeOriginals(transaction, collection, originals);
    const at = (row: StagedRow) => ({ ...row, originalBlock: stored(row.legacyId) });
    await writeDocuments(transaction, collection, rows.map(at), runId, readersVersion(type));
    await touchDocuments(transaction, collection, touched.map(at), readersVersion(type));
    await writeIdentities(transaction, collection, identities, stale);
    if (collection === 'contacts') await writeAddresses(transaction, [...rows, ...touched]);
    // Including unchanged documents, because older releases did not write names.
    const read = hasKeys(type) ? [...rows, ...touched] : [];
    await writeNames(transaction, collection, [...rows.map(({ legacyId }) => legacyId), ...unchanged], read);
    await markDocumentsPending(transaction, collection, homes);
    await leaveQuarantine(transaction, collection, fine, now);
    const newlyQuarantined = await keepInQuarantine(transaction, collection, quarantined, {
      runId,
      now,
      readers: readersVersion(type),
    });
    if (edits.size > 0) await dropEdits(transaction, collection, [...homes, ...touched], now);
    await writeOptOuts(transaction, optOuts, now);
    return { newlyQuarantined, transactionId: await transactionIdOf(transaction) };
  });
};

/** Notes that documents are as they were. Nearly always there is nothing to note. */
export const writeUnchanged = async (
  legacyIds: readonly string[],
  collection: StagedCollection,
  { db, now, open }: Pick<Staging, 'db' | 'now' | 'open'>,
): Promise<void> => {
  // Older releases did not write names.
  await writeNames(db, collection, legacyIds, []);
  await leaveQuarantine(db, collection, legacyIds.filter(open.has), now);
};

/**
 * Marks the records of these documents as having something to apply; the documents on file have the right record keys.
 */
const markDocumentsPending = (db: AnyDatabase, collection: StagedCollection, rows: readonly StagedRow[]) =>
  markPending(
    db,
    collectionPlans[collection].aggregate,
    rows.map(({ recordKey }) => recordKey!),
  );
