import { spelling } from '../../legacy/reading.ts';
import { type RecordTypeName, recordType, recordTypeNames } from '../../mappings/record-types.ts';
import { type InspectedCollection, isBookkeeping, labelOf, readsByName } from '../inspect-collection.ts';
import type { Inspection } from '../inspect-source.ts';
import { type InspectedPath, referenceIn } from '../inspected-path.ts';
import { fieldText, quoted, type Surroundings, unitBeside, unknownWords } from './field-text.ts';
import { type Group, type Grouping, groupCollections } from './group.ts';
import { keysOf } from './keys.ts';
import { saidByName } from './names/by-collection.ts';
import { knownNames } from './names/known-names.ts';
import { mappingName } from './names/mapping-name.ts';
import { missingOf, required } from './needs.ts';
import { isCurrency, lookAt } from './slot-looks.ts';

/**
 * A first mapping for an unknown database, for a person to check: YAML with a comment on each line, and with what was not
 * found and what found no place.
 */
export const proposeMapping = async (inspection: Inspection): Promise<string> => {
  const grouping = groupCollections(inspection, await knownNames());
  const { groups, keys } = keysOf(grouping);
  const found = new Set(groups.map(({ type }) => type));
  return [
    `name: ${quoted(mappingName(inspection.database))}`,
    'about: >-',
    '  Proposed by `openhouse import inspect --propose` from the names of fields and from what their values look like.',
    '  Check every line, then run `openhouse import inspect` with --mapping and this file: it shows what is understood.',
    ...leftLines(inspection, grouping),
    ...recordTypeNames.flatMap((type) => (found.has(type) ? [] : [notFoundLine(type)])),
    ...groups.flatMap((group) => ['', ...groupLines(group, { types: grouping.types, keys })]),
    '',
  ].join('\n');
};

const leftLines = ({ collections, parts }: Inspection, { groups, left }: Grouping): string[] => [
  ...left.map(({ of, like, copyOf }) => {
    if (copyOf !== undefined) return copyLine(of, copyOf);
    const why =
      like === undefined
        ? ''
        : `; it looks like ${recordType(like).label} too, but unlike the others: name it there if it has some`;
    return `# Not used: ${oneLine(labelOf(of))} (${count(of.documents)}${why})`;
  }),
  ...collections.flatMap(({ name, documents }) => {
    const own = parts.filter((part) => part.name === name);
    const isDivided = groups.some(({ members }) =>
      members.some((member) => member.name === name && member.where !== undefined),
    );
    const others = documents - own.reduce((sum, part) => sum + part.documents, 0);
    return isDivided && others > 0
      ? [`# Not used: ${oneLine(name)} without a known ${oneLine(own[0]!.where!.path)} (${count(others)})`]
      : [];
  }),
];

const copyLine = (of: InspectedCollection, copyOf: string): string =>
  `# Not used: ${oneLine(of.name)} (${count(of.documents)}), a copy of ${oneLine(copyOf)}: most of the _ids are the same, so each record would come twice or be in conflict`;

const count = (documents: number) => `${documents} ${documents === 1 ? 'document' : 'documents'}`;

const notFoundLine = (type: RecordTypeName): string =>
  `# Not found: ${recordType(type).label} (${type}), which need ${needsText(required[type])}`;

const needsText = (needs: readonly (readonly string[])[]): string =>
  needs.map((any) => any.join(' or ')).join(', and ');

const groupLines = (group: Group, around: Omit<Surroundings, 'beside'>): string[] => {
  const { type, members, fields } = group;
  const beside = members.flatMap(({ paths }) => paths);
  const all = members.reduce((sum, { documents }) => sum + documents, 0);
  const said = new Map(members.map((member) => [member, saidByName(type, member, fields)]));
  const isSaid = (slot: string) => [...said.values()].every((words) => words.some(([own]) => own === slot));
  const missing = missingOf(required, type, fields).filter((any) => !any.some(isSaid));
  return [
    `${type}:`,
    ...missing.map((any) => `  # Required, and not found: ${any.join(' or ')}. Without it, no document is imported.`),
    ...sharedIdLines(group),
    ...deletedLines(group),
    ...noPlaceLines(group),
    ...collectionLines(group, said, { ...around, beside }),
    '  fields:',
    ...Object.entries(fields).map(([slot, paths]) => {
      const unknown = unknownWords(slot, paths);
      const comment = [
        paths.map((path) => about(path, all)).join('; '),
        ...(unknown.length === 0
          ? []
          : [
              `not understood: ${unknown
                .slice(0, 8)
                .map((word) => JSON.stringify(oneLine(word)))
                .join(', ')}${unknown.length > 8 ? ' and more' : ''}`,
            ]),
      ].join('; ');
      return `    ${slot}: ${fieldText(type, slot, paths, { ...around, beside })} # ${comment}`;
    }),
  ];
};

type Said = ReadonlyMap<InspectedCollection, ReturnType<typeof saidByName>>;

/**
 * Parts of a collection with the same discriminator are one entry, unless their names say something else of each:
 * `{ name: crm, where: { satzart: [KUNDE, LEAD] } }`.
 */
const collectionLines = ({ type, members, fields }: Group, saidBy: Said, around: Surroundings): string[] => {
  const keyOf = (member: InspectedCollection) => JSON.stringify([member.name, saidBy.get(member)]);
  const texts = [...new Set(members.map(keyOf))].map((key) => {
    const own = members.filter((member) => keyOf(member) === key);
    const { name } = own[0]!;
    const wheres = own.flatMap(({ where }) => where ?? []);
    const words = saidBy.get(own[0]!) ?? [];
    if (wheres.length === 0 && words.length === 0) return quoted(name);
    const values = wheres.map(({ value }) => (typeof value === 'string' ? quoted(value) : String(value)));
    const wanted = values.length === 1 ? values[0]! : `[${values.join(', ')}]`;
    const where = wheres.length === 0 ? [] : [`where: { ${quoted(wheres[0]!.path)}: ${wanted} }`];
    // Some of its documents may say it themselves.
    const pathsOf = (slot: string) =>
      (fields[slot] ?? []).filter(({ path }) => own.some(({ paths }) => paths.some((one) => one.path === path)));
    const constants = words.map(([slot, word]) => `${slot}: ${fieldText(type, slot, pathsOf(slot), around, word)}`);
    const said = words.length === 0 ? [] : [`fields: { ${constants.join(', ')} }`];
    const comment = words.length === 0 ? '' : ' # as its name says';
    return `{ ${[`name: ${quoted(name)}`, ...where, ...said].join(', ')} }${comment}`;
  });
  return texts.length === 1
    ? [`  collections: ${texts[0]}`]
    : ['  collections:', ...texts.map((text) => `    - ${text}`)];
};

/** Documents of one type with the same `_id` are the same document, or are set aside. */
const sharedIdLines = ({ members }: Group): string[] => {
  const numbered = members.filter(({ paths, where }) => {
    const id = where === undefined ? paths.find(({ path }) => path === '_id') : undefined;
    return id?.numbers !== undefined && id.numbers.max < 1e9;
  });
  return numbered.length < 2
    ? []
    : [
        `  # Check: ${numbered.map(({ name }) => oneLine(name)).join(', ')} number their documents. Two documents of one type with the same _id but different contents are quarantined.`,
      ];
};

const deletedName =
  /^(?:is|was|ist|soft)?(?:deleted|removed|trashed|geloscht|geloescht|entfernt|borrad[oa]|eliminad[oa]|supprime)(?:at|on|am|en|el|date|yn|flag)?$/;

/** What seems to mark a document that was deleted there; few documents have it, so that nobody would miss it. */
const deletedLines = ({ members, fields }: Group): string[] => {
  const placed = new Set(Object.values(fields).flatMap((paths) => paths.map(({ path }) => path)));
  return members.flatMap(({ name, paths, documents }) =>
    paths
      .filter(({ path }) => deletedName.test(spelling(path.split('.').at(-1)!)) && !placed.has(path))
      .map((found) => {
        const live = found.types['yes/no'] === undefined ? 'null' : '{ not: true }';
        return `  # Check: \`${oneLine(found.path)}\` (${about(found, documents)}) seems to mark deleted documents. To leave these out: { name: ${quoted(name)}, where: { ${quoted(found.path)}: ${live} } }`;
      }),
  );
};

/** Fields of half of the documents or more that none of openhouse's seemed to be. */
const noPlaceLines = ({ type, members, fields }: Group): string[] => {
  const beside = members.flatMap(({ paths }) => paths);
  const placed = Object.entries(fields).flatMap(([slot, paths]) =>
    paths.flatMap((path) => [path, unitBeside(slot, path, beside) ?? path].map((one) => one.path)),
  );
  const isPlaced = (path: string) =>
    placed.some((one) => one === path || one.startsWith(`${path}.`) || path.startsWith(`${one}.`));
  const lines = members.flatMap(({ paths, documents, where }) =>
    paths
      .filter(
        (found) =>
          found.documents >= documents / 2 &&
          !isBookkeeping(found.path) &&
          found.path !== where?.path &&
          !isPlaced(found.path) &&
          // It is the unit of a price.
          !(fields.listPrice !== undefined && isCurrency(found.path.split('.').at(-1)!)) &&
          !readsByName({ type }, found.path) &&
          !paths.some(({ path }) => path.startsWith(`${found.path}.`)),
      )
      .map((found) => ({ path: found.path, text: `\`${oneLine(found.path)}\` (${about(found, documents)})` })),
  );
  const once = [...new Map(lines.map(({ path, text }) => [path, text])).values()];
  if (once.length === 0) return [];
  const shown = once.slice(0, 30);
  return [
    '  # No place found for:',
    ...shown.map((text) => `  #   ${text}`),
    ...(once.length > shown.length ? [`  #   and ${once.length - shown.length} more`] : []),
  ];
};

const about = (path: InspectedPath, all: number): string => {
  const { documents, types } = path;
  const target = referenceIn(path);
  const what =
    target !== undefined
      ? `the ${oneLine(target.path)} of ${oneLine(target.in)}`
      : (lookAt(path) ?? Object.keys(types).slice(0, 3).join(' or '));
  return `${Math.round((100 * documents) / Math.max(1, all))} % of documents, ${what}`;
};

const oneLine = (text: string) => text.replace(/[\s\p{Cc}]+/gu, ' ');
