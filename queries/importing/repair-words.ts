import { counted, number } from '../../platform/wording/words.ts';
import { type ImportRun, importColumns } from './imports.ts';

type Run = Pick<ImportRun, 'source' | 'result' | 'events' | 'collections' | 'problems'>;

/**
 * What a run that read documents again did, as a sentence, or two: `A correction of quarantine entry 9: 1 document applied, 2 events
 * recorded.` The words for the documents are those of the columns of imports.
 */
export const repairInWords = ({ source, result, events, collections, problems }: Run): string => {
  const recorded = `${counted(events, 'event')} recorded`;
  const done = {
    running: 'under way',
    failed: events === 0 ? 'failed' : `failed, ${recorded}`,
    interrupted: `interrupted, ${recorded}`,
  }[result];
  const why = result === 'failed' ? whyOf(problems) : '';
  return `${capitalised(source)}: ${done ?? [...documentsInWords(collections), recorded].join(', ')}.${why}`;
};

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

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

/** As a sentence after another; problems are written with a full stop and without. */
const whyOf = (problems: readonly unknown[]): string => {
  const [first] = problems as readonly ({ readonly message?: unknown } | null)[];
  if (typeof first?.message !== 'string') return '';
  return ` ${capitalised(first.message)}${/[.!?…]$/.test(first.message) ? '' : '.'}`;
};
