import type { CorrectionResult } from '../../commands/corrections/correct.ts';
import type { RowReport } from '../../commands/corrections/correct-file.ts';
import { correctableFor } from '../../commands/corrections/correction-values.ts';
import { labelOf } from '../../domain/record-fields.ts';
import type { Position } from '../../eventstore/stored-event.ts';
import { formatField } from '../../history/format.ts';
import { counted } from '../output/words.ts';

type Changes = Extract<CorrectionResult, { outcome: 'done' }>['changes'];

const changesText = (type: string, changes: Changes): string[] => {
  const record = correctableFor(type)!;
  return changes.map(({ field, before, after }) => {
    const [from, to] = [formatField(record, field, before), formatField(record, field, after)];
    return `${labelOf(record, field)}: ${from} → ${to}`;
  });
};

/** The result of one correction. */
export const resultText = (
  { type, id, key }: { type: string; id: string; key: string },
  result: Exclude<CorrectionResult, { outcome: 'refused' }>,
): string => {
  const record = `${type} ${id}${id === key ? '' : ` (${key})`}`;
  if (result.outcome === 'unchanged') return `${record} is already correct: nothing was recorded.`;
  const lines = changesText(type, result.changes).map((line) => `  ${line}`);
  if (result.outcome === 'would-do') return [`${record} would change (nothing was recorded):`, ...lines].join('\n');
  return [`${record} was corrected:`, ...lines, `recorded at position ${result.position.commit}`].join('\n');
};

/** The result of one row of a file, on one line. */
export const rowText = (report: RowReport): string => {
  const place = `line ${report.row}: ${report.type} ${report.id}`;
  switch (report.outcome) {
    case 'done':
      return `${place}  ${changesText(report.type, report.changes).join(', ')}`;
    case 'would-do':
      return `${place}  would change ${changesText(report.type, report.changes).join(', ')}`;
    case 'unchanged':
      return `${place}  ${labelOf(correctableFor(report.type)!, report.field)} is already correct`;
    case 'refused':
      return `${place}  REFUSED: ${report.rejection.message}`;
    default:
      return report satisfies never;
  }
};

export type FileSummary = {
  readonly dryRun: boolean;
  readonly read: number;
  readonly done: number;
  readonly wouldDo: number;
  readonly unchanged: number;
  readonly refused: number;
  /** Of the last recorded event in `$all`. */
  readonly position: Position | null;
};

export const summaryOf = (rows: readonly RowReport[], dryRun: boolean): FileSummary => {
  const count = (outcome: RowReport['outcome']) => rows.filter((row) => row.outcome === outcome).length;
  const last = rows.findLast((row) => row.outcome === 'done');
  return {
    dryRun,
    read: rows.length,
    done: count('done'),
    wouldDo: count('would-do'),
    unchanged: count('unchanged'),
    refused: count('refused'),
    position: last?.outcome === 'done' ? last.position : null,
  };
};

/** The result of a file, preceded by `rows` that have not been printed yet. */
export const fileText = (summary: FileSummary, rows: readonly RowReport[]): string => {
  const { dryRun, read, done, wouldDo, unchanged, refused } = summary;
  const first = dryRun ? `${wouldDo} would change` : `${done} corrected`;
  const total = `${counted(read, 'row')}: ${first}, ${unchanged} already correct, ${refused} refused`;
  return [...rows.map(rowText), `${total}${dryRun ? ' (dry run: nothing was recorded)' : ''}`].join('\n');
};
