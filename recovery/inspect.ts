import { type Kysely, sql } from 'kysely';
import type { EventStore } from '../eventstore/event-store.ts';
import { explainedMark, findUnexplained } from '../eventstore/positions/explained.ts';
import { type Fit, fitOf, type Mark } from '../eventstore/positions/mark.ts';
import { historyUntil, noteOrigin } from '../eventstore/positions/origin.ts';
import { type ImportMark, importMarks } from '../importers/ledger/ledger-marks.ts';
import { ownChangesMark } from '../importers/owned/writing/note-own-changes.ts';
import { type Build, keptUp, listBuilds } from '../projections/engine/builds/builds.ts';
import { markOf } from '../projections/engine/builds/check-store.ts';
import { alertMark } from '../schedulers/alert-cursor.ts';
import { countHistoricLeads } from '../schedulers/lead-offers/reading/read-leads.ts';
import { type TimesAhead, timesAhead } from './times-ahead.ts';

export type RecoveryDeps = { readonly db: Kysely<unknown>; readonly store: EventStore };

/** The mismatches between the event store and the database, and what is held back because of them. */
export type Inspection = {
  /** Commit position of our last event. */
  readonly storeEnd: bigint | null;
  readonly readModels: readonly {
    readonly build: Pick<Build, 'id' | 'name' | 'schema' | 'state' | 'position'>;
    readonly fit: Exclude<Fit, 'fits'>;
  }[];
  /** The position of the alerts, if it does not match. */
  readonly alerts: { readonly mark: Mark; readonly fit: Exclude<Fit, 'fits'> } | null;
  /** The position up to which events were checked for being known to this database, if it does not match. */
  readonly checked: { readonly mark: Mark; readonly fit: Exclude<Fit, 'fits'> } | null;
  /** The position up to which changes to be written to the old CRM were noted, if it does not match. */
  readonly noted: { readonly mark: Mark; readonly fit: Exclude<Fit, 'fits'> } | null;
  /** Imports whose events are no longer there. */
  readonly imports: readonly ImportMark[];
  /** The newest import whose events are all there: positions up to it still mean the same. */
  readonly sameUntil: Mark | null;
  /** An event that proves that the database is older than the event store. */
  readonly unexplained: { readonly position: bigint; readonly stream: string; readonly recordedAt: Date } | null;
  /** What is held back because it was recorded before this database was set up or restored. */
  readonly history: { readonly until: bigint; readonly matches: number; readonly leads: number };
  readonly timesAhead: readonly TimesAhead[];
};

/** Checks whether the event store and the database match. Changes nothing. */
export const inspect = async ({ db, store }: RecoveryDeps): Promise<Inspection> => {
  await noteOrigin(db, store);
  const misfit = async (mark: Mark | null): Promise<Exclude<Fit, 'fits'> | null> => {
    const fit = mark === null ? 'fits' : await fitOf(store, mark);
    return fit === 'fits' ? null : fit;
  };
  const readModels: Inspection['readModels'][number][] = [];
  for (const build of await listBuilds(db, [...keptUp, 'building'])) {
    const fit = await misfit(markOf(build));
    const { id, name, schema, state, position } = build;
    if (fit !== null) readModels.push({ build: { id, name, schema, state, position }, fit });
  }
  const cursor = await alertMark(db);
  const cursorFit = await misfit(cursor);
  const imports: ImportMark[] = [];
  let sameUntil: Mark | null = null;
  for (const mark of await importMarks(db)) {
    if ((await misfit(mark)) === null) {
      sameUntil = mark;
      break;
    }
    imports.push(mark);
  }
  const checked = await explainedMark(db);
  const checkedFit = await misfit(checked);
  const noted = await ownChangesMark(db);
  const notedFit = await misfit(noted);
  const storeIsOlder =
    readModels.length > 0 || [cursorFit, checkedFit, notedFit].some((fit) => fit !== null) || imports.length > 0;
  const unexplained = storeIsOlder ? null : await findUnexplained(db, store);
  return {
    storeEnd: (await store.lastOwnPosition())?.commit ?? null,
    readModels,
    alerts: cursor === null || cursorFit === null ? null : { mark: cursor, fit: cursorFit },
    checked: checkedFit === null ? null : { mark: checked, fit: checkedFit },
    noted: noted === null || notedFit === null ? null : { mark: noted, fit: notedFit },
    imports,
    sameUntil,
    unexplained:
      unexplained === null
        ? null
        : {
            position: unexplained.event.position.commit,
            stream: unexplained.event.streamName,
            recordedAt: unexplained.event.created,
          },
    history: await heldHistory(db),
    timesAhead: await timesAhead(db),
  };
};

const heldHistory = async (db: Kysely<unknown>): Promise<Inspection['history']> => {
  const until = await historyUntil(db);
  const { rows } = await sql<{ matches: number; leads: boolean }>`
    select (select count(*)::int from ops.alert_pending where change_position <= ${until}) as matches,
      to_regclass('read.leads') is not null as leads`.execute(db);
  const { matches, leads } = rows[0]!;
  return { until, matches, leads: leads && until >= 0n ? await countHistoricLeads(db, until) : 0 };
};

/** Whether nothing needs repair. */
export const fits = ({ readModels, alerts, checked, noted, imports, unexplained }: Inspection): boolean =>
  readModels.length + imports.length === 0 && [alerts, checked, noted, unexplained].every((one) => one === null);
