import type { InspectedCollection, InspectedPath, Inspection } from '../../importers/inspecting/inspect-source.ts';
import { type RecordTypeName, recordTypes } from '../../importers/mappings/record-types.ts';
import { number } from '../words.ts';

/** What is in an old database, for a terminal. Personal values are shown as shapes only. */
export const inspectionText = ({ source, mapping, collections, notes }: Inspection): string =>
  [
    `${source}, seen through the mapping ${mapping.name} (${mapping.version})`,
    ...collections.flatMap(collectionLines),
    ...(collections.length === 0 ? ['There are no collections.'] : []),
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
    `${collection.name}: ${number(collection.documents)} documents${collection.unreadable === 0 ? '' : `, and ${number(collection.unreadable)} that cannot be read`}`,
    ...(collection.problem === undefined ? [] : [`  ${collection.problem.file}: ${collection.problem.message}`]),
    ...understandingLines(collection),
    ...collection.paths.filter(({ unread }) => !unread).map((path) => pathLine(path, collection.documents)),
    ...(unread.length === 0 ? [] : ['  Nothing reads:', ...unread.map((path) => pathLine(path, collection.documents))]),
    ...(collection.morePaths ? ['  … and further paths'] : []),
  ];
};

/** How well a sample is understood, in sentences. */
const understandingLines = ({ recordTypes: types }: InspectedCollection): string[] =>
  types.length === 0
    ? ['  This mapping takes nothing from here.']
    : types.flatMap(({ type, sampled, understood, inPart, quarantined, quarantine, warnings }) => [
        `  As ${labelOf(type)}: of ${number(sampled)} documents, ${number(understood)} are understood, ${number(inPart)} in part, ${number(quarantined)} not at all.`,
        ...most(quarantine).map(([code, count]) => `    ${number(count)} × ${code}`),
        ...most(warnings).map(([code, count]) => `    ${number(count)} × ${code}`),
      ]);

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
const describe = (path: InspectedPath): string =>
  [
    Object.keys(path.types).join('/'),
    ...(path.looksLike === undefined ? [] : [`looks like: ${path.looksLike}`]),
    ...(path.refersTo === undefined ? [] : [`the _id of ${path.refersTo[0]}`]),
    ...(path.values === undefined ? [] : [listed(path.values)]),
    ...(path.shapes === undefined ? [] : [`${path.personal ? 'masked: ' : ''}${listed(path.shapes)}`]),
    ...(path.numbers === undefined ? [] : [`${shown(path.numbers.min)} to ${shown(path.numbers.max)}`]),
    ...(path.dates === undefined ? [] : [`${path.dates.min.slice(0, 10)} to ${path.dates.max.slice(0, 10)}`]),
  ].join('; ');

const shown = (value: number) => (Number.isInteger(value) ? value.toLocaleString('en-US') : String(value));

const listed = (counts: Readonly<Record<string, number>>): string => {
  const all = Object.entries(counts);
  const first = all.slice(0, 8).map(([value, count]) => `"${value}" ${number(count)}`);
  return [...first, ...(all.length > 8 ? [`and ${all.length - 8} more`] : [])].join(', ');
};
