import { formatTime } from '../../platform/wording/shown-time.ts';
import type { ProjectionDiff, RowSample, TableDiff } from '../../projections/index.ts';
import { counted, number } from '../output/words.ts';

/** A comparison for the terminal. */
export const diffText = (diff: ProjectionDiff, timeZone: string): string => {
  const head = `${diff.candidate} against the live ${diff.live}, both at position ${diff.position?.commit ?? 'none'}`;
  if (diff.equal) return `${head}: no difference.`;
  return [head, ...diff.tables.flatMap((table) => tableText(table, timeZone))].join('\n');
};

const tableText = (table: TableDiff, timeZone: string): string[] => {
  const { columns, rows, onlyInLive, onlyInCandidate, differing } = table;
  const parts = [
    ...(differing.count > 0
      ? [differing.count === 1 ? '1 row differs' : `${number(differing.count)} rows differ`]
      : []),
    ...(onlyInLive.count > 0 ? [`${number(onlyInLive.count)} only in the live one`] : []),
    ...(onlyInCandidate.count > 0 ? [`${number(onlyInCandidate.count)} only in the candidate`] : []),
  ];
  const size = `${counted(rows.live, 'row')} live, ${number(rows.candidate)} in the candidate`;
  const byColumn = Object.entries(differing.byColumn).sort(([, a], [, b]) => b - a);
  return [
    `\n${table.table} (${size}): ${parts.length === 0 ? 'the same rows' : parts.join(', ')}`,
    ...(columns.onlyInLive.length > 0 ? [`  columns only in the live one: ${columns.onlyInLive.join(', ')}`] : []),
    ...(columns.onlyInCandidate.length > 0
      ? [`  columns only in the candidate: ${columns.onlyInCandidate.join(', ')}`]
      : []),
    ...byColumn.map(([column, count]) => `  ${column.padEnd(28)} differs in ${number(count)}`),
    ...samplesText('differs', differing.samples, timeZone),
    ...samplesText('only live', onlyInLive.samples, timeZone),
    ...samplesText('only candidate', onlyInCandidate.samples, timeZone),
  ];
};

const samplesText = (kind: string, samples: readonly RowSample[], timeZone: string): string[] =>
  samples.flatMap(({ key, values, events }) => [
    `  ${kind}: ${Object.entries(key)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(', ')}`,
    ...Object.entries(values).map(
      ([column, { live, candidate }]) => `    ${column}: ${short(live)} → ${short(candidate)}`,
    ),
    ...(events === undefined ? [] : [`    ${eventsText(events, timeZone)}`]),
  ]);

const eventsText = (
  { stream, count, cause, explanation }: NonNullable<RowSample['events']>,
  timeZone: string,
): string => {
  const of = `${stream} (${counted(count, 'event')})`;
  if (cause === null) return `${of}: ${explanation}`;
  const who = cause.actor === null ? '' : `, by ${cause.actor}`;
  return `${of}: ${explanation}: ${cause.type} @${cause.revision}, recorded ${formatTime(cause.recordedAt.toISOString(), timeZone)}${who}`;
};

const short = (value: unknown): string => {
  const text =
    value === undefined || value === null ? 'empty' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
};
