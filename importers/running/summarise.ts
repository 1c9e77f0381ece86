import { counted } from '../../platform/wording/words.ts';
import { countWaitingAlerts } from '../alerts-sent/remember-alerts.ts';
import type { ApplyResult } from '../apply/apply-records.ts';
import type { AnyDatabase } from '../database.ts';
import { collectionLabel } from '../reporting/collection-labels.ts';
import { type ConsentReport, consentReport, type OnHoldReport, onHoldReport } from '../reporting/consent-report.ts';
import {
  type CountsByCode,
  quarantineByCode,
  unresolvedReferences,
  warningsByCode,
  writtenInRun,
} from '../reporting/report.ts';
import type { LegacyCollection, SourceProblem } from '../source.ts';
import type { StagedSource } from './stage-source.ts';

/**
 * What became of a collection's documents: `read = applied + unchanged + merged + quarantined + skipped`.
 * - `applied`: became events of a record, or rows of the memory of what was sent
 * - `unchanged`: the same as on file, or older
 * - `merged`: new or changed, and merged into the record of another document
 * - `quarantined`: set aside until a person corrects it in the source and imports again
 * - `skipped`: need nothing, by a rule; `skippedBecause` counts them by reason
 */
export type CollectionCounts = {
  read: number;
  applied: number;
  unchanged: number;
  merged: number;
  quarantined: number;
  skipped: number;
  skippedBecause?: Readonly<Record<string, number>>;
  /** Fields that could not be understood, in the documents that this run staged. */
  warnings: number;
  /** Documents that this run staged and whose references point nowhere. */
  unresolvedReferences: number;
};

/** The result of an import. Positions are commit positions in `$all`. */
export type ImportSummary = {
  readonly importRunId: string;
  readonly source: string;
  /** The mapping that read the documents, and a hash of all that it says. */
  readonly mapping: { readonly name: string; readonly version: string };
  readonly collections: Partial<Record<LegacyCollection, CollectionCounts>>;
  /** Events appended. */
  readonly events: number;
  /**
   * Warnings by field and code, in the documents that this run staged: `properties: { 'listPrice price-range': 10 }`.
   */
  readonly warnings: CountsByCode;
  /** Documents that this run put into quarantine, or found there again, by code. */
  readonly quarantine: CountsByCode;
  /** Fields that no mapping reads, with the number of documents that have them: `contacts: { emailAddress: 12 }`. */
  readonly unread: CountsByCode;
  /** Warnings, quarantine and references over all documents on file, whichever run last read them. */
  readonly onFile: {
    readonly warnings: CountsByCode;
    readonly quarantine: CountsByCode;
    readonly unresolvedReferences: Partial<Record<LegacyCollection, number>>;
  };
  /** Saved searches on file for which nothing is sent, because something in them was not understood completely. */
  readonly onHold: OnHoldReport;
  /** Who may not be e-mailed, according to all documents that were ever read. */
  readonly consent: ConsentReport;
  /** Files that could not be read to the end; everything before that is imported. */
  readonly problems: readonly SourceProblem[];
  readonly notes: readonly string[];
  readonly positionFrom: string | null;
  readonly positionTo: string | null;
  readonly documents: number;
  /** Those of them that are new or say something else than before; the others were only looked at. */
  readonly changed: number;
  readonly seconds: number;
  /** The peak memory of this process, in MiB. */
  readonly rssMaxMb: number;
};

const noCounts = (): CollectionCounts => ({
  read: 0,
  applied: 0,
  unchanged: 0,
  merged: 0,
  quarantined: 0,
  skipped: 0,
  warnings: 0,
  unresolvedReferences: 0,
});

type Ended = {
  readonly runId: string;
  readonly startedAt: Date;
  readonly source: string;
  readonly mapping: { readonly name: string; readonly version: string };
  /** Whether the source was only what changed: then documents on file are not counted, which would take longer than the run. */
  readonly part: boolean;
  readonly notes: readonly string[];
  readonly staged: StagedSource;
  readonly done: ApplyResult;
  readonly positionFrom: bigint | null;
  readonly seconds: number;
};

/** Balances the books of a run, from what was counted while reading and what is on file now. */
export const summarise = async (db: AnyDatabase, ended: Ended): Promise<ImportSummary> => {
  const { runId, staged, done, part } = ended;
  const written = part ? {} : await writtenInRun(db, runId);
  const thisRun = { runId, startedAt: ended.startedAt };
  const warnings = part ? {} : await warningsByCode(db, thisRun);
  const lost = part ? {} : await unresolvedReferences(db, thisRun);
  const collections: ImportSummary['collections'] = {};
  for (const [name, result] of staged.results) {
    const counts = noCounts();
    const { read, unchanged, quarantined } = result;
    Object.assign(counts, { read, unchanged, quarantined });
    counts.warnings = Object.values(warnings[name] ?? {}).reduce((sum, count) => sum + count, 0);
    if (name === 'alerts_sent') await countAlerts(db, counts, result.written, staged.alertsBefore);
    else {
      const refused = done.refused.filter(({ collection }) => collection === name);
      const refusedMerged = refused.filter(({ merged }) => merged).length;
      counts.merged = (written[name]?.merged ?? 0) - refusedMerged;
      counts.quarantined += refused.length;
      counts.applied = result.written - counts.merged - refused.length;
      counts.unresolvedReferences = lost[name] ?? 0;
    }
    collections[name] = counts;
  }
  return {
    importRunId: runId,
    source: ended.source,
    mapping: { name: ended.mapping.name, version: ended.mapping.version },
    collections,
    events: done.events,
    warnings,
    quarantine: part ? {} : await quarantineByCode(db, thisRun),
    unread: unreadIn(staged),
    onFile: {
      warnings: part ? {} : await warningsByCode(db, 'all'),
      quarantine: part ? {} : await quarantineByCode(db, 'all'),
      unresolvedReferences: part ? {} : await unresolvedReferences(db, 'all'),
    },
    onHold: part ? { searches: 0, byReason: {}, switchedOff: 0 } : await onHoldReport(db),
    consent: part ? { optedOutDocuments: 0, optedOutAddresses: 0, unclear: 0 } : await consentReport(db),
    problems: staged.problems,
    notes: [...ended.notes, ...leftOutNotes(staged), ...goneNotes(staged)],
    positionFrom: ended.positionFrom === null ? null : String(ended.positionFrom),
    positionTo: done.position === null ? null : String(done.position),
    documents: Object.values(collections).reduce((sum, { read }) => sum + read, 0),
    changed: [...staged.results.values()].reduce((sum, one) => sum + one.written + one.newlyQuarantined, 0),
    seconds: Math.round(ended.seconds * 1000) / 1000,
    rssMaxMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
};

const unreadIn = ({ results }: StagedSource): CountsByCode =>
  Object.fromEntries(
    [...results].filter(([, { unread }]) => Object.keys(unread).length > 0).map(([name, { unread }]) => [name, unread]),
  );

const leftOutNotes = ({ results }: StagedSource): string[] =>
  [...results].flatMap(([collection, { leftOut }]) =>
    leftOut === 0
      ? []
      : [`${collectionLabel(collection)}: the mapping's filter leaves out ${counted(leftOut, 'document')}`],
  );

const goneNotes = ({ results }: StagedSource): string[] =>
  [...results].flatMap(([collection, result]) => {
    const { count, examples } = ('gone' in result ? result.gone : undefined) ?? { count: 0, examples: [] };
    if (count === 0) return [];
    const documents = counted(count, 'document');
    const named = `${examples.join(', ')}${count > examples.length ? ', …' : ''}`;
    return [
      `${collectionLabel(collection)}: ${documents} of earlier imports ${count === 1 ? 'is' : 'are'} not in this one; the records stay unchanged: ${named}`,
    ];
  });

/** Alerts sent for an unknown search or listing are kept, in case it arrives later. */
const countAlerts = async (db: AnyDatabase, counts: CollectionCounts, written: number, before: string) => {
  counts.skipped = await countWaitingAlerts(db, before);
  counts.applied = written - counts.skipped;
  counts.unresolvedReferences = counts.skipped;
  if (counts.skipped > 0) counts.skippedBecause = { 'search-or-listing-not-found': counts.skipped };
};
