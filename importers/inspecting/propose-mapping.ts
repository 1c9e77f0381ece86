import { isMissing, spelling } from '../legacy/reading.ts';
import { type RecordTypeName, recordType, recordTypeNames } from '../mappings/record-types.ts';
import type { InspectedCollection, InspectedPath, Inspection } from './inspect-source.ts';
import { type KnownNames, knownNames } from './known-names.ts';
import { hints, telling } from './slot-looks.ts';

/** A first mapping for an unknown database, for a person to check: YAML with a comment on each line. */
export const proposeMapping = async (inspection: Inspection): Promise<string> => {
  const known = await knownNames();
  const collections = inspection.collections.filter(({ documents }) => documents > 0);
  let [candidates, chosen] = [candidatesIn(collections, known, noTypes), [] as Chosen];
  // What refers to leads, agents and listings is found once these are, and what refers to saved searches after that.
  for (let round = 0; round < 3; round++) {
    chosen = recordTypeNames.flatMap((type) => {
      const fitting = candidates
        .filter(({ best }) => best?.type === type)
        .sort((a, b) => b.best!.score - a.best!.score || b.collection.documents - a.collection.documents);
      return fitting.length === 0 ? [] : [{ type, fitting }];
    });
    const types = new Map(chosen.map(({ type, fitting }) => [fitting[0]!.collection.name, type]));
    candidates = candidatesIn(collections, known, types);
  }
  const used = new Set(chosen.flatMap(({ fitting }) => fitting.slice(0, 1).map(({ collection }) => collection.name)));
  const left = candidates.filter(({ collection }) => !used.has(collection.name));
  const keys = new Map(
    chosen.map(({ type, fitting }) => [type, new Set(Object.keys(fitting[0]!.best!.fields))] as const),
  );
  return [
    'name: proposed',
    'about: >-',
    '  Proposed by `openhouse import inspect --propose` from the names of fields and from what their values look like.',
    '  Check every line, then run `openhouse import inspect` with --mapping and this file: it shows what is understood.',
    ...left.map(({ collection }) => `# Not used: ${oneLine(collection.name)} (${collection.documents} documents)`),
    ...chosen.flatMap(({ type, fitting }) => ['', ...typeLines(type, fitting[0]!, keys)]),
    '',
  ].join('\n');
};

/** Which record type each collection has, as far as that is known. */
type Types = ReadonlyMap<string, RecordTypeName>;
const noTypes: Types = new Map();
type Candidate = { readonly collection: InspectedCollection; readonly best: Fit | undefined };
type Chosen = { readonly type: RecordTypeName; readonly fitting: readonly Candidate[] }[];

const candidatesIn = (collections: readonly InspectedCollection[], known: KnownNames, types: Types): Candidate[] =>
  collections.map((collection) => ({ collection, best: bestType(collection, known, types) }));

type Fields = Readonly<Record<string, readonly InspectedPath[]>>;
type Fit = { readonly type: RecordTypeName; readonly score: number; readonly fields: Fields };

/** What collections of a type are called. */
const collectionNames: Readonly<Record<RecordTypeName, RegExp>> = {
  agents: /agent|user|member|staff|broker|realtor|employee|team/i,
  leads: /contact|lead|client|customer|person|people|buyer|prospect/i,
  listings: /propert|listing|home|house|mls|inventory|inmueble/i,
  savedSearches: /search|wish|(?:saved|listing|property)_?alert|alertsubscri|criteria/i,
  leadAssignments: /assign|routing|offer|handoff/i,
  activities: /activit|event|note|call|task|log|interaction|timeline|touch/i,
  alertsSent: /sent|alerts?_?(?:sent|log|history)|notification|delivered|mail_?log/i,
};

/** Without these fields, documents cannot be of the type. */
const essential: Readonly<Record<RecordTypeName, readonly (readonly string[])[]>> = {
  agents: [['memberEmail'], ['memberFullName', 'firstName', 'lastName']],
  leads: [['email', 'mobilePhone']],
  listings: [
    ['listPrice', 'standardStatus'],
    ['listingId', 'unparsedAddress', 'streetName'],
  ],
  savedSearches: [['contactKey'], ['criteria']],
  leadAssignments: [['contactKey'], ['memberKey'], ['status']],
  activities: [['contactKey'], ['activityType']],
  alertsSent: [['savedSearchKey'], ['listingKey']],
};

const bestType = (collection: InspectedCollection, known: KnownNames, types: Types): Fit | undefined => {
  const fits = recordTypeNames.flatMap((type): Fit[] => {
    const fields = fieldsOf(type, collection, known[type], types);
    if (!essential[type].every((any) => any.some((slot) => fields[slot] !== undefined))) return [];
    const named = collectionNames[type].test(collection.name) ? 8 : 0;
    const references = Object.entries(fields).filter(([slot, [path]]) => refersTo(path!, type, slot, types)).length;
    return [{ type, fields, score: named + Object.keys(fields).length + 2 * references }];
  });
  return fits.sort((a, b) => b.score - a.score)[0];
};

/** Whether the values of a path are `_id`s of the collection that a field refers to. */
const refersTo = (path: InspectedPath, type: RecordTypeName, slot: string, types: Types): boolean => {
  const target = recordType(type).references[slot];
  return target !== undefined && path.refersTo?.some((name) => types.get(name) === target) === true;
};

const fieldsOf = (
  type: RecordTypeName,
  collection: InspectedCollection,
  known: KnownNames[RecordTypeName],
  types: Types,
): Fields => {
  const taken = new Set<string>();
  const fields: Record<string, InspectedPath[]> = {};
  const take = (slot: string, path: InspectedPath) => {
    taken.add(path.path);
    fields[slot] = [...(fields[slot] ?? []), path];
  };
  const { slots, references } = recordType(type);
  const free = () => collection.paths.filter(({ path }) => path !== '_id' && !taken.has(path));
  const byCoverage = (a: InspectedPath, b: InspectedPath) => b.documents - a.documents;
  const inside = ({ path }: InspectedPath) =>
    collection.paths.flatMap((one) => (one.path.startsWith(`${path}.`) ? one.path.slice(path.length + 1) : []));
  /** The fullest path that is right for a field, if that has none. */
  const takeFirst = (slot: string, isRight: (path: InspectedPath) => boolean) => {
    if (fields[slot] !== undefined) return;
    const [found] = free()
      .filter((path) => canBe(type, slot, path) && isRight(path))
      .sort(byCoverage);
    if (found !== undefined) take(slot, found);
  };
  const takeReferences = (isRight: (path: InspectedPath) => boolean) => {
    for (const slot of Object.keys(references)) {
      const refers = (path: InspectedPath) => refersTo(path, type, slot, types) && isRight(path);
      // Of several, those with a name for it, and these are found by that.
      if (!free().some((path) => refers(path) && isKnown(slot, path))) takeFirst(slot, refers);
    }
  };
  const isKnown = (slot: string, { path }: InspectedPath) =>
    [path, path.split('.').at(-1)!].some((name) => known.get(slot)?.includes(spelling(name)));
  takeReferences((path) => !isSmallNumber(path));
  // First by the whole path, then by its last name, then by a part of that and by what its values look like.
  for (const nameOf of [(path: string) => spelling(path), (path: string) => spelling(path.split('.').at(-1)!)]) {
    for (const [slot, names] of known) {
      const matching = collection.paths
        .filter(({ path }) => !taken.has(path) && names.includes(nameOf(path)) && path !== '_id')
        .filter((path) => canBe(type, slot, path))
        .sort((a, b) => names.indexOf(nameOf(a.path)) - names.indexOf(nameOf(b.path)));
      if (fields[slot] !== undefined) continue;
      for (const path of matching.slice(0, 4)) take(slot, path);
    }
  }
  for (const slot of slots) {
    const [name, looksRight] = hints[slot] ?? [];
    const parts = (path: InspectedPath) => spelling(path.path.split('.').at(-1)!);
    if (name !== undefined) takeFirst(slot, (path) => name.test(parts(path)) && looksRight!(path, inside(path)));
  }
  takeReferences((path) => !isSmallNumber(path) || path.refersTo?.some((name) => shareAPart(path.path, name)) === true);
  const isNamed = fields.firstName !== undefined && fields.lastName !== undefined;
  for (const [slot, looksRight] of Object.entries(telling)) {
    if (!slots.includes(slot) || (isNamed && /fullname/i.test(slot))) continue;
    takeFirst(slot, (path) => looksRight(path, inside(path)) && !/agent|owner|assign|broker/i.test(path.path));
  }
  // One field of the old CRM gives both.
  if (type === 'listings' && fields.standardStatus !== undefined)
    fields.mlsStatus ??= fields.standardStatus.slice(0, 1);
  return fields;
};

/** `inm_usr` and `tbl_usr`, `agentNo` and `agents`. */
const shareAPart = (path: string, collection: string): boolean => {
  const parts = (text: string) =>
    text.split(/[^\p{L}]+|(?<=\p{Ll})(?=\p{Lu})/u).map((part) => spelling(part).slice(0, 4));
  const own = parts(path).filter((part) => part.length >= 3);
  return own.some((part) => parts(collection).includes(part));
};

/** Such numbers are the _ids of something nearly always. */
const isSmallNumber = ({ types, numbers }: InspectedPath): boolean =>
  (types.number ?? 0) > 0 && numbers !== undefined && numbers.max < 1_000;

/** A document with parts is not a price, and a field that looks like an e-mail address is not a name. */
const canBe = (type: RecordTypeName, slot: string, { path, types, looksLike }: InspectedPath): boolean => {
  const isDocument = (types.document ?? 0) > 0 && Object.keys(types).length === 1;
  if (
    isDocument &&
    !/^(?:criteria|coordinates|unparsedAddress|budget|priceRange|hours|vacation|bathroomsTotalInteger)$/.test(slot) &&
    recordType(type).references[slot] === undefined &&
    !/name$/i.test(slot)
  )
    return false;
  if (looksLike === 'e-mail address' && !/email|key$/i.test(slot)) return false;
  return path.split('.').length <= 6;
};

const typeLines = (
  type: RecordTypeName,
  { collection, best }: { readonly collection: InspectedCollection; readonly best: Fit | undefined },
  keys: ReadonlyMap<RecordTypeName, ReadonlySet<string>>,
): string[] => [
  `${type}:`,
  `  collections: ${quoted(collection.name)}`,
  '  fields:',
  ...Object.entries(best!.fields).map(([slot, paths]) => {
    const comment = paths.map((path) => about(path, collection.documents)).join('; ');
    return `    ${slot}: ${fieldText(type, slot, paths, keys)} # ${comment}`;
  }),
];

const fieldText = (
  type: RecordTypeName,
  slot: string,
  paths: readonly InspectedPath[],
  keys: ReadonlyMap<RecordTypeName, ReadonlySet<string>>,
): string => {
  const target = recordType(type).references[slot];
  if (target === undefined) {
    const names = paths.map(({ path }) => unitOf(slot, path));
    return names.length === 1 ? names[0]! : `[${names.join(', ')}]`;
  }
  const places = paths.map((path) => `{ path: ${quoted(path.path)}, refersTo: ${targetOf(path, target, keys)} }`);
  return places.length === 1 ? places[0]! : `[${places.join(', ')}]`;
};

const unitOf = (slot: string, path: string): string =>
  slot === 'lotSizeSquareFeet' && /acre/i.test(path) ? `{ path: ${quoted(path)}, unit: acres }` : quoted(path);

/** Which key of the other document a reference uses. */
const targetOf = (
  { path, looksLike, refersTo }: InspectedPath,
  target: RecordTypeName,
  keys: ReadonlyMap<RecordTypeName, ReadonlySet<string>>,
): string => {
  if (refersTo !== undefined) return '_id';
  if (looksLike === 'e-mail address' || /email$/i.test(path)) return 'email';
  const named = recordType(target).keys.find(
    (key) => spelling(path).includes(spelling(key)) && keys.get(target)?.has(key),
  );
  if (named !== undefined) return named;
  return /mls/i.test(path) && keys.get(target)?.has('memberMlsId') ? 'memberMlsId' : '_id';
};

const about = ({ documents, types, looksLike, refersTo }: InspectedPath, all: number): string =>
  `${Math.round((100 * documents) / Math.max(1, all))} % of documents, ${refersTo === undefined ? (looksLike ?? Object.keys(types).slice(0, 3).join(' or ')) : `the _id of ${oneLine(refersTo[0]!)}`}`;

const quoted = (text: string): string =>
  /^[A-Za-z_][\w.-]*$/.test(text) && !isMissing(text) && !/^(?:y|n|yes|no|true|false|null|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text);
const oneLine = (text: string) => text.replace(/\s+/g, ' ');
