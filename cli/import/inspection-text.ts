import { warningMeaning } from '../../domain/warning-codes.ts';
import type { InspectedCollection } from '../../importers/inspecting/inspect-collection.ts';
import type { Inspection } from '../../importers/inspecting/inspect-source.ts';
import { type InspectedPath, referenceIn } from '../../importers/inspecting/inspected-path.ts';
import { quarantineLabel } from '../../importers/legacy/quarantine-codes.ts';
import { type RecordTypeName, recordTypes } from '../../importers/mappings/record-types.ts';
import { adviceOnWord } from '../../importers/mappings/understood-words.ts';
import { fieldLabel } from '../../importers/reporting/collection-labels.ts';
import { counted, number } from '../output/words.ts';

/** What is in an old database, for a terminal. Personal values are shown as shapes only. */
export const inspectionText = ({ source, mapping, collections, notes }: Inspection): string =>
  [
    `${source}, read with the mapping ${mapping.name} (version ${mapping.version})`,
    ...collections.flatMap(collectionLines),
    ...(collections.length === 0
      ? [
          'There are no collections. Check the name of the database at the end of the address, and that its user may read it.',
        ]
      : []),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `Note: ${note}`)]),
    ...(collections.length > 0 && collections.every(({ recordTypes: types }) => types.length === 0)
      ? [
          '',
          `The mapping ${mapping.name} takes nothing from here. \`--propose our-crm.yaml\` writes one for this database.`,
        ]
      : []),
  ].join('\n');

const collectionLines = (collection: InspectedCollection): string[] => {
  const unread = collection.paths.filter((path) => path.unread);
  return [
    '',
    `${collection.name}: ${counted(collection.documents, 'document')}${collection.unreadable === 0 ? '' : `, and ${number(collection.unreadable)} that cannot be read`}`,
    ...(collection.problem === undefined ? [] : [`  ${collection.problem.file}: ${collection.problem.message}`]),
    ...understandingLines(collection),
    ...notByDateText(collection).map((line) => `  ${line}`),
    ...collection.paths.filter(({ unread }) => !unread).map((path) => pathLine(path, collection.documents)),
    ...(unread.length === 0 ? [] : ['  Nothing reads:', ...unread.map((path) => pathLine(path, collection.documents))]),
    ...(collection.morePaths ? ['  … and further paths'] : []),
  ];
};

/** How well a sample is understood, in sentences. */
const understandingLines = ({ recordTypes: types, documents }: InspectedCollection): string[] =>
  types.length === 0
    ? ['  This mapping takes nothing from here.']
    : types.flatMap(({ type, sampled, understood, inPart, quarantined, quarantine, warnings, found }) => [
        `  As ${labelOf(type)}: of ${sampled < documents ? 'a sample of ' : ''}${counted(sampled, 'document')}, ${number(understood)} understood, ${number(inPart)} in part, ${number(quarantined)} not at all.`,
        ...most(quarantine).flatMap(([key, count]) => troubleLines(type, key, count, found[key])),
        ...most(warnings).flatMap(([key, count]) => troubleLines(type, key, count, found[key])),
      ]);

/** Of how many documents following cannot find changes by their date. */
export const notByDateText = ({ notByDate = 0, documents }: InspectedCollection): readonly string[] =>
  notByDate === 0
    ? []
    : [
        `${notByDate === documents ? 'These documents have' : `${counted(notByDate, 'document')} ${notByDate === 1 ? 'has' : 'have'}`} no date of the last change that sorts by time (a Date, or a text like 2024-05-02T10:00:00Z): following finds their changes only by sweeps, not every minute.`,
      ];

const troubleLines = (type: string, key: string, count: number, found: readonly string[] = []): string[] => {
  const samples = found.length === 0 ? '' : `: ${found.map((one) => `"${one}"`).join(', ')}`;
  const advice = wordAdviceFor(type, key, found);
  return [
    `    ${number(count)} × ${troubleLabel(type, key)} (${key})${samples}`,
    ...(advice === undefined ? [] : [`      ${advice}`]),
  ];
};

/** What can be done about the words that were found, if the field is one of a few. */
export const wordAdviceFor = (type: string, key: string, [word]: readonly string[] = []): string | undefined => {
  const [field = '', code] = key === 'status-unreadable' ? ['standardStatus', key] : key.split(' ');
  if (word === undefined || code === undefined || !Object.hasOwn(recordTypes, type)) return undefined;
  return adviceOnWord(type as RecordTypeName, { field, code, word });
};

/** What a warning (`listPrice price-range`) or a reason to set a document aside (`status-missing`) means. */
export const troubleLabel = (type: string, key: string): string => {
  const collection = Object.hasOwn(recordTypes, type) ? recordTypes[type as RecordTypeName].collection : '';
  if (key.startsWith('unreadable: ')) return 'not imported, cannot be read';
  const [field = '', code] = key.split(' ');
  if (code === undefined) return `not imported: ${quarantineLabel(collection, field)}`;
  return `${fieldLabel(collection, field)}: ${(warningMeaning(code) ?? 'Not understood.').replace(/\.$/, '')}`;
};

export const labelOf = (type: string): string =>
  Object.hasOwn(recordTypes, type) ? recordTypes[type as RecordTypeName].label : type;

const most = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 6);

const pathLine = (path: InspectedPath, all: number): string => {
  const share = `${Math.round((100 * path.documents) / Math.max(1, all))}%`.padStart(4);
  const feeds = path.feeds.length === 0 ? '' : ` → ${path.feeds.join(', ')}`;
  return `  ${share}  ${path.path.padEnd(28)} ${describe(path)}${feeds}`;
};

/** Types, values, shapes and ranges of a path, in one line. */
const describe = (path: InspectedPath): string => {
  const target = referenceIn(path);
  return [
    Object.keys(path.types).join('/'),
    ...(path.looksLike === undefined ? [] : [`looks like: ${lookText(path)}`]),
    ...(target === undefined ? [] : [`the ${target.path} of ${target.in}`]),
    ...(path.values === undefined ? [] : [listed(path.values)]),
    ...(path.shapes === undefined ? [] : [`${path.personal ? 'masked' : 'shapes'}: ${listed(path.shapes)}`]),
    ...rangeTexts(path),
  ].join('; ');
};

/** The ranges of the numbers and dates at a path; which of its values they are about, where there are others besides. */
export const rangeTexts = ({ path, types, numbers, dates }: InspectedPath): string[] => {
  const isMixed = Object.keys(types).filter((type) => type !== 'null').length > 1;
  return [
    ...(numbers === undefined ? [] : [`${isMixed ? 'the numbers: ' : ''}${numberRange(path, numbers)}`]),
    ...(dates === undefined
      ? []
      : [`${isMixed ? 'the dates: ' : ''}${range(dates.min.slice(0, 10), dates.max.slice(0, 10))}`]),
  ];
};

/** `date (day first)` */
export const lookText = ({ looksLike, dateOrder }: InspectedPath): string =>
  `${looksLike}${dateOrder === undefined ? '' : ` (${dateOrder.replace('-', ' ')})`}`;

/**
 * `1 to 5`; numbers that are all moments of the years from 1990 to 2060, in milliseconds or seconds, also as dates. Seconds may be
 * other numbers of ten digits, so only where the path is called like a time.
 */
export const numberRange = (path: string, { min, max }: { readonly min: number; readonly max: number }): string => {
  const numbers = range(shownNumber(min), shownNumber(max));
  const units = isCalledLikeTime(path) ? (['milliseconds', 'seconds'] as const) : (['milliseconds'] as const);
  const unit = units.find((one) => isMoment(min, one) && isMoment(max, one));
  if (unit === undefined) return numbers;
  const day = (value: number) => new Date(value * milliseconds[unit]).toISOString().slice(0, 10);
  return `${range(day(min), day(max))} in ${unit}, ${numbers}`;
};

const isCalledLikeTime = (path: string): boolean =>
  /(?:date|time|stamp|when|since|until|day|created|updated|modified|changed|datum|zeit)$|fecha/i.test(path) ||
  /(?:[a-z]|_|\.|^)(?:At|On|Ts|Dt|TS|DT|Am)$|(?:_|\.|^)(?:at|on|ts|dt|am)$/.test(path);

const milliseconds = { milliseconds: 1, seconds: 1_000 } as const;

const isMoment = (value: number, unit: keyof typeof milliseconds): boolean => {
  const time = value * milliseconds[unit];
  return time >= Date.UTC(1990, 0) && time < Date.UTC(2060, 0);
};

/** Without a thousands separator up to four digits, because it may be a year. */
const shownNumber = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: 6, useGrouping: Math.abs(value) >= 10_000 });

const range = (min: string, max: string): string => (min === max ? `always ${min}` : `${min} to ${max}`);

const listed = (counts: Readonly<Record<string, number>>): string => {
  const all = Object.entries(counts);
  const first = all.slice(0, 8).map(([value, count]) => `"${value}" ${number(count)}`);
  return [...first, ...(all.length > 8 ? [`and ${all.length - 8} more`] : [])].join(', ');
};
