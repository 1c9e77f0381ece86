import { agents, leads, listings, recordAggregates, savedSearches } from '../../commands/aggregates.ts';
import { migrateDelivery } from '../../delivery/migrations.ts';
import { longPatienceMs } from '../../eventstore/event-store.ts';
import { fencedStore } from '../../eventstore/fenced-store.ts';
import { type OnAppend, observedStore, pretendingStore } from '../../eventstore/observed-store.ts';
import { checkExplained } from '../../eventstore/positions/explained.ts';
import { noteOrigin } from '../../eventstore/positions/origin.ts';
import { rehearse } from '../../platform/database/rehearsal.ts';
import { errorCode, errorMessage } from '../../platform/errors.ts';
import { LeaseLost } from '../../platform/lease/lease.ts';
import { rememberAlertsSent } from '../alerts-sent/remember-alerts.ts';
import { type Applying, type ApplyResult, applyRecords } from '../apply/apply-records.ts';
import { endRecords } from '../apply/end-records.ts';
import { countPending } from '../apply/load-pending.ts';
import { leadPlanner } from '../apply/planning/leads/plan-lead.ts';
import { agentPlanner } from '../apply/planning/plan-agent.ts';
import { listingPlanner } from '../apply/planning/plan-listing.ts';
import { savedSearchPlanner } from '../apply/planning/plan-saved-search.ts';
import type { AnyDatabase } from '../database.ts';
import type { ImportDeps, ImportOptions } from '../deps.ts';
import { ownedByOpenhouse } from '../differences/ownerships.ts';
import { explainImportError } from '../explain-error.ts';
import { checkLedger, lastEventId } from '../ledger/ledger-marks.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { keepMapping } from '../mappings/kept-mappings.ts';
import { loadMapping } from '../mappings/load-mapping.ts';
import { type RoutedSource, routeSource } from '../mappings/route.ts';
import { migrateImport } from '../migrations.ts';
import {
  acceptQuarantine,
  defaultQuarantineLimit,
  isStoppedForQuarantine,
  stopInForce,
  stoppedForQuarantine,
} from '../quarantine-limit.ts';
import { qualityOnFile } from '../reporting/quality.ts';
import type { Source } from '../source.ts';
import { releaseApplied } from '../staging/documents/quarantine.ts';
import { settleReadAgain, settleSplits } from '../staging/documents/write-documents.ts';
import { settleEdits } from '../staging/edits/edits.ts';
import { tidyOriginals } from '../staging/originals/originals.ts';
import { loadAgentDirectory } from '../staging/references/references.ts';
import { beginRun, endRun, type RunKind, withImportLease } from './import-run.ts';
import { stageSource } from './stage-source.ts';
import { type ImportSummary, summarise } from './summarise.ts';

/**
 * Imports a whole source in three steps: each document is normalised and staged; documents about the same thing are
 * joined and references are resolved; then every record with changes is appended. A run can be killed at any point: the
 * next import continues from there and arrives at the same events.
 *
 * @param name of the source, for the list of runs
 * @throws UserError if a server goes away; everything done until then is kept
 */
export const importSource = async (
  deps: ImportDeps,
  source: Source,
  name: string,
  options: ImportOptions = {},
): Promise<ImportSummary> => {
  const mapping = options.mapping ?? (await loadMapping());
  return await importRouted(deps, routeSource(source, mapping), { name, mapping, kind: 'import' }, options);
};

/** What a run reads, besides its documents. */
export type RunOf = {
  /** For the list of runs. */
  readonly name: string;
  readonly kind: RunKind;
  readonly mapping: CompiledMapping;
};

/** A run that is done. In a rehearsal, `db` shows what it would have written. */
export type Ran = { readonly db: AnyDatabase; readonly summary: ImportSummary };

/** For runs that only rehearse, or whose result is inspected. */
export type Watching<Result> = {
  /** Changes nothing: what was written is rolled back, and nothing is appended. */
  readonly rehearsal?: boolean;
  /** Writes what belongs to the run, before it. */
  readonly prepare?: (db: AnyDatabase) => Promise<void>;
  readonly onAppend?: OnAppend;
  /** Looks at what the run did; its result is the result of the run. */
  readonly look: (ran: Ran) => Promise<Result>;
};

/**
 * Imports documents that are already sorted by record type; see `importSource`. Runs that repair single documents never stop
 * for what they quarantine.
 */
export const importRouted = async <Result = ImportSummary>(
  deps: ImportDeps,
  routed: RoutedSource,
  of: RunOf,
  options: ImportOptions = {},
  watching?: Watching<Result>,
): Promise<Result> => {
  const signal = options.signal ?? new AbortController().signal;
  const { db, say = () => {} } = deps;
  const look = watching?.look ?? (async ({ summary }: Ran) => summary as Result);
  try {
    await migrateDelivery(db);
    await migrateImport(db);
    const waiting = () => say('another import is running on this database; waiting for it to finish');
    return await withImportLease(db, signal, waiting, async (holding) => {
      const stop = AbortSignal.any([signal, holding.lease.lost]);
      const { patience } = deps.store;
      const ms = options.patienceMs ?? longPatienceMs;
      const fenced = fencedStore(deps.store.withPatience({ ...patience, ms, signal: stop }), db, holding.lease);
      const appending = watching?.rehearsal === true ? pretendingStore(fenced) : fenced;
      const store = watching?.onAppend === undefined ? appending : observedStore(appending, watching.onAppend);
      const runOn = async (database: AnyDatabase) => {
        await watching?.prepare?.(database);
        const summary = await run({ ...deps, db: database, store }, routed, of, options, stop);
        return await look({ db: database, summary });
      };
      return watching?.rehearsal === true ? await rehearse(db, runOn) : await runOn(holding.db);
    });
  } catch (error) {
    throw explainImportError(error);
  }
};

const run = async (
  deps: ImportDeps,
  routed: RoutedSource,
  { name, mapping, kind }: RunOf,
  { part = false, quarantineLimit = defaultQuarantineLimit, acceptQuarantine: acceptedBy }: ImportOptions,
  signal: AbortSignal,
): Promise<ImportSummary> => {
  const { db, store, clock } = deps;
  const started = performance.now();
  const now = clock.now();
  await noteOrigin(db, store);
  await checkLedger(db, store);
  await checkExplained(db, store);
  const from = (await store.lastPosition())?.commit ?? null;
  await keepMapping(db, mapping, now);
  const runId = await beginRun(db, { source: name, mapping, kind, now, from });
  const done: ApplyResult = { events: 0, position: null, refused: [] };
  try {
    if (acceptedBy !== undefined) await acceptQuarantine(db, acceptedBy, now);
    const mayStop = (kind === 'import' || kind === 'remap') && acceptedBy === undefined;
    const limit = mayStop ? quarantineLimit : undefined;
    const owned = await ownedByOpenhouse(store);
    const staged = await stageSource(deps, routed, { runId, now, signal, limit, part, owned });
    const stop = await stopInForce(db, quarantineLimit);
    if (stop !== undefined && mayStop) throw stoppedForQuarantine(stop);
    const planning = { agents: await loadAgentDirectory(db), now: now.toISOString() };
    // A repair must not apply what a stopped import left pending.
    if (stop === undefined)
      await applyAll(deps, { db, store, runId, now, signal, planning, storeEnd: from, owned }, done);
    await settleApplied(db, clock.now());
    await rememberAlertsSent(db, signal);
    const summary = await summarise(db, {
      runId,
      startedAt: now,
      source: name,
      mapping,
      part,
      notes: stop === undefined ? routed.notes : [...routed.notes, appliedLater],
      staged,
      done,
      positionFrom: from,
      seconds: (performance.now() - started) / 1000,
    });
    await endRun(db, runId, clock.now(), {
      result: summary.problems.length > 0 ? 'failed' : 'succeeded',
      events: summary.events,
      counts: summary.collections,
      unread: summary.unread,
      onFile: part ? null : await qualityOnFile(db),
      problems: summary.problems,
      positionTo: summary.positionTo,
      lastEventId: await lastEventId(store, summary.positionTo),
      stop: null,
    });
    return summary;
  } catch (error) {
    const stopped = signal.aborted && !(signal.reason instanceof LeaseLost);
    if (stopped) {
      deps.say?.(`the import was stopped; ${done.events.toLocaleString('en-US')} events were appended.`);
    }
    await endRun(db, runId, clock.now(), {
      result: stopped ? 'interrupted' : 'failed',
      events: done.events,
      counts: {},
      unread: {},
      onFile: null,
      problems: [{ code: errorCode(error) ?? 'unexpected', message: errorMessage(error) }],
      positionTo: done.position === null ? null : String(done.position),
      // The event store may be the server that is gone.
      lastEventId: null,
      stop: isStoppedForQuarantine(error) ? error.stop : null,
    }).catch(() => {}); // the database may be the server that is gone
    throw error;
  }
};

const appliedLater =
  'An import stopped because of what it put into quarantine, so nothing is applied until a person accepts that: `openhouse import accept-quarantine`.';

/** Notes what became of everything that waited for its record to be applied. */
const settleApplied = async (db: AnyDatabase, now: Date): Promise<void> => {
  await settleReadAgain(db);
  await settleSplits(db, now);
  await settleEdits(db, now);
  await releaseApplied(db, now);
  await tidyOriginals(db);
};

const applyAll = async (deps: ImportDeps, common: Omit<Applying, 'onRecord'>, done: ApplyResult): Promise<void> => {
  let records = 0;
  let pending = 0;
  for (const { name } of Object.values(recordAggregates)) pending += await countPending(common.db, name);
  const bar = deps.progress?.('appending', pending, 'records');
  const applying: Applying = { ...common, onRecord: () => bar?.update(++records) };
  try {
    await applyRecords(agents, agentPlanner, applying, done);
    await applyRecords(leads, leadPlanner, applying, done);
    await applyRecords(listings, listingPlanner, applying, done);
    await applyRecords(savedSearches, savedSearchPlanner, applying, done);
    await endRecords(leads, leadPlanner, applying, done);
    await endRecords(listings, listingPlanner, applying, done);
  } finally {
    bar?.stop();
  }
};
