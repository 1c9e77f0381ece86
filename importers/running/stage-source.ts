import { sql } from 'kysely';
import type { OwnedType } from '../../domain/ownership/index.ts';
import { lastAlertNumber } from '../alerts-sent/remember-alerts.ts';
import { type AlertsResult, stageAlertsSent } from '../alerts-sent/stage-alerts-sent.ts';
import { collectionPlans } from '../collections.ts';
import type { AnyDatabase } from '../database.ts';
import type { ImportDeps } from '../deps.ts';
import type { RoutedCollection, RoutedSource } from '../mappings/route.ts';
import {
  isTooMuch,
  lastFinishedRun,
  type QuarantineLimit,
  setAsideSince,
  stoppedForQuarantine,
} from '../quarantine-limit.ts';
import type { LegacyCollection, SourceProblem } from '../source.ts';
import { activeEdits, asEdited, type Edits } from '../staging/edits/edits.ts';
import { regroup } from '../staging/grouping/regroup.ts';
import { anyMayBeOpen, openEntries } from '../staging/ids/open-entries.ts';
import { type AgentDirectory, loadAgentDirectory } from '../staging/references/references.ts';
import { settleReferences } from '../staging/references/settle.ts';
import { type StageResult, stageCollection } from '../staging/stage-collection.ts';
import { joinCapturedLeads } from './join-captured-leads.ts';

/** The result of staging a whole source. */
export type StagedSource = {
  readonly results: ReadonlyMap<LegacyCollection, StageResult | AlertsResult>;
  readonly problems: readonly SourceProblem[];
  /** Alerts after this number belong to this run. */
  readonly alertsBefore: string;
};

type Run = {
  readonly runId: string;
  readonly now: Date;
  readonly signal: AbortSignal;
  /** `undefined`: any number of documents may be quarantined. */
  readonly limit: QuarantineLimit | undefined;
  /** Whether the source is only what changed (see `ImportOptions`). */
  readonly part: boolean;
  /** The types that openhouse owns. */
  readonly owned: ReadonlySet<OwnedType>;
};

/**
 * Stages the collections in the order of their references. After each of the first two, documents about the same thing
 * are joined into one record.
 *
 * @throws StoppedForQuarantine if more than the limit of a collection is set aside
 */
export const stageSource = async (
  deps: ImportDeps,
  source: RoutedSource,
  { runId, now, signal, limit, part, owned }: Run,
): Promise<StagedSource> => {
  const { db } = deps;
  const results = new Map<LegacyCollection, StageResult | AlertsResult>();
  const alertsBefore = await lastAlertNumber(db);
  const finished = limit === undefined ? undefined : await lastFinishedRun(db, runId);
  const { onBytes, counted, stop } = readingProgress(deps, source);
  const stage = async (name: LegacyCollection, agents: AgentDirectory) => {
    const collection = source.collections.find((candidate) => candidate.name === name);
    if (collection === undefined) return;
    const edits = await activeEdits(db, name);
    const open = part ? anyMayBeOpen : await openEntries(db, name);
    const keepsIdentities = isOwned(name, owned);
    const { live } = source;
    const staging = { db, runId, now, signal, agents, onBytes, edits, open, part, live, keepsIdentities };
    const edited = withEdits(collection, edits);
    const { bson } = edited;
    const counting: RoutedCollection = {
      ...edited,
      read: (bytes, onLeftOut) => counted(edited.read(bytes, onLeftOut), () => 1),
      ...(bson === undefined
        ? {}
        : { bson: { ...bson, pages: (bytes) => counted(bson.pages(bytes), ({ length }) => length) } }),
    };
    const result =
      name === 'alerts_sent'
        ? await stageAlertsSent(counting, staging)
        : await stageCollection({ ...counting, name }, staging);
    results.set(name, result);
    if (limit === undefined) return;
    const earlier = finished === undefined ? 0 : await setAsideSince(db, name, { finished, runId });
    const counts = { collection: name, read: result.read, quarantined: earlier + result.newlyQuarantined };
    if (isTooMuch(counts, limit)) throw stoppedForQuarantine({ sinceRun: runId, collections: [counts] });
  };
  try {
    await stage('users', { keyOf: () => undefined, whyNot: () => 'not-found' });
    await regroup(db, 'users');
    const agents = await loadAgentDirectory(db);
    for (const name of ['contacts', 'properties'] as const) {
      await stage(name, agents);
      await regroup(db, name);
      if (name === 'contacts') await joinCapturedLeads(db, deps.store);
    }
    await analyse(db, results);
    for (const name of ['savedsearches', 'leadassignments', 'activities'] as const) await stage(name, agents);
    await settleReferences(db, now);
    await stage('alerts_sent', agents);
  } finally {
    stop();
  }
  const problems = [...results.values()].flatMap(({ problem }) => problem ?? []);
  return { results, problems, alertsBefore };
};

/** Whether its documents are records of a type that openhouse owns. */
const isOwned = (name: LegacyCollection, owned: ReadonlySet<OwnedType>): boolean =>
  name !== 'alerts_sent' &&
  collectionPlans[name].record === 'shared' &&
  owned.has(collectionPlans[name].aggregate as OwnedType);

/** A collection's documents as people corrected them. */
const withEdits = (collection: RoutedCollection, edits: Edits): RoutedCollection => {
  if (edits.size === 0) return collection;
  const { bson } = collection;
  type Found = Parameters<NonNullable<RoutedCollection['onStaged']>>[0];
  const asTheyWere = new WeakMap<Found, Found>();
  const corrected = (found: Found): Found => {
    const edited = asEdited(found, edits);
    if (edited !== found) asTheyWere.set(edited, found);
    return edited;
  };
  return {
    ...collection,
    ...(bson === undefined
      ? {}
      : { bson: { ...bson, read: (raw) => corrected(bson.read(raw)), isCorrected: (content) => edits.has(content) } }),
    async *read(onBytes, onLeftOut) {
      for await (const found of collection.read(onBytes, onLeftOut)) yield corrected(found);
    },
    onStaged: async (last) => await collection.onStaged?.(asTheyWere.get(last) ?? last),
  };
};

/** After a large first import PostgreSQL has no statistics on the tables yet, and would plan badly. */
const analyse = async (db: AnyDatabase, results: ReadonlyMap<LegacyCollection, { readonly written: number }>) => {
  const written = [...results.values()].reduce((sum, result) => sum + result.written, 0);
  if (written > 5_000) await sql`analyze ops.import_document, ops.import_identity`.execute(db);
};

/** Documents done, and an estimate of their total from the bytes that are still to be read. */
const readingProgress = ({ progress }: ImportDeps, source: RoutedSource) => {
  const totalBytes = source.collections.reduce((sum, collection) => sum + collection.totalBytes, 0);
  const bar = progress?.('reading', 1, 'documents');
  let [bytes, documents] = [0, 0];
  return {
    onBytes: (count: number) => {
      bytes += count;
    },
    counted: async function* <Item>(
      items: AsyncIterable<Item>,
      documentsIn: (item: Item) => number,
    ): AsyncGenerator<Item, void, undefined> {
      for await (const item of items) {
        const before = documents;
        documents += documentsIn(item);
        if (bar !== undefined && Math.floor(documents / 100) > Math.floor(before / 100)) {
          bar.update(documents, Math.max(documents, Math.round((documents / Math.max(bytes, 1)) * totalBytes)));
        }
        yield item;
      }
    },
    stop: () => {
      bar?.update(documents, documents);
      bar?.stop();
    },
  };
};
