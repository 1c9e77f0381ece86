import { counted, number } from '../../platform/words.ts';
import { type ImportRun, importColumns } from './imports.ts';

type Run = Pick<ImportRun, 'source' | 'result' | 'events' | 'collections' | 'problems'>;

/**
 * What a run that read documents again did, as a sentence: `A correction of quarantine entry 9: 1 document applied, 2 events
 * recorded.` The words for the documents are those of the columns of imports.
 */
export const repairInWords = ({ source, result, events, collections, problems }: Run): string => {
  const parts = [...documentsInWords(collections), `${counted(events, 'event')} recorded`];
  const done = {
    running: 'is under way',
    failed: `failed${whyOf(problems)}${events === 0 ? '' : `; ${counted(events, 'event')} recorded`}`,
    interrupted: `was interrupted; ${counted(events, 'event')} recorded`,
  }[result];
  return `${source.charAt(0).toUpperCase()}${source.slice(1)}${done === undefined ? `: ${parts.join(', ')}` : ` ${done}`}.`;
};

/** `1 document applied`, or `12 documents read (9 applied, 3 unchanged)`. */
const documentsInWords = (collections: Run['collections']): readonly string[] => {
  const sum = (column: (typeof importColumns)[number]) =>
    collections.reduce((total, { counts }) => total + (counts[column] ?? 0), 0);
  const outcomes = importColumns.filter((column) => column !== 'read' && sum(column) > 0);
  const [first, ...others] = outcomes;
  if (first === undefined) return [];
  if (others.length === 0) return [`${counted(sum(first), 'document')} ${first}`];
  const each = outcomes.map((column) => `${number(sum(column))} ${column}`);
  return [`${counted(sum('read'), 'document')} read (${each.join(', ')})`];
};

const whyOf = (problems: readonly unknown[]): string => {
  const [first] = problems as readonly ({ readonly message?: unknown } | null)[];
  return typeof first?.message === 'string' ? `: ${first.message}` : '';
};
