import { criterionSlots } from '../../legacy/criteria/criterion-readers.ts';
import { spelling } from '../../legacy/reading.ts';
import { savedSearchReads } from '../../legacy/saved-searches.ts';
import { type RecordTypeName, recordType, recordTypeNames } from '../../mappings/record-types.ts';
import type { InspectedCollection } from '../inspect-collection.ts';
import { type InspectedPath, isSmallNumber, shareAPart } from '../inspected-path.ts';
import { hasNounOf, isKindOf } from '../nouns.ts';
import type { KnownNames } from './names/known-names.ts';
import { essential, missingOf } from './needs.ts';
import { refersTo, type Types } from './references.ts';
import { hints, isAnotherLookup, isCurrency, lookAt, telling } from './slot-looks.ts';

/** For each field of openhouse, the paths where documents seem to have it, in order of preference. */
export type Fields = Readonly<Record<string, readonly InspectedPath[]>>;
export type Fit = { readonly type: RecordTypeName; readonly score: number; readonly fields: Fields };

/** What collections of a type are often called, besides their nouns. */
const collectionNames: Readonly<Record<RecordTypeName, RegExp>> = {
  agents: /agent|user|member|staff|broker|realtor|employee|team|makler|mitarbeiter/i,
  leads: /contact|lead|client|customer|person|people|buyer|prospect|kunde|interessent|kontakt/i,
  listings: /propert|listing|home|house|mls|inventory|inmueble|objekt|immobilie/i,
  savedSearches:
    /search|wish|(?:saved|listing|property)_?alert|alertsubscri|criteria|such(?:auf|pro|e)|gesuch|busqueda/i,
  leadAssignments: /assign|routing|offer|handoff|zuweis|zuteil/i,
  activities: /activit|event|note|call|task|log|interaction|timeline|touch|aktivit|notiz|verlauf/i,
  alertsSent: /sent|alerts?_?(?:sent|log|history)|notification|delivered|mail_?log|versand|versandt/i,
};

/** The record type that a collection, or a part of one, fits best; `undefined` if none. */
export const bestFit = (of: InspectedCollection, known: KnownNames, types: Types): Fit | undefined => {
  const fits = recordTypeNames.flatMap((type): Fit[] => {
    const fields = fieldsOf(type, of, known[type], types);
    const missing = missingOf(essential, type, fields).length;
    // A collection that is called so may lack one of them: the proposal says what it needs.
    const references = Object.entries(fields).filter(([slot, [path]]) => refersTo(path!, type, slot, types)).length;
    const saysMuch = Object.keys(fields).length >= 4 || references >= 2;
    if (missing > (isCalled(type, of) && saysMuch ? 1 : 0)) return [];
    return [{ type, fields, score: named(type, of) + Object.keys(fields).length + 2 * references - 6 * missing }];
  });
  return fits.sort((a, b) => b.score - a.score)[0];
};

/** Whether a collection, or the value that names a part of one, has the name of a record type in it. */
export const isCalled = (type: RecordTypeName, { name, where }: InspectedCollection): boolean =>
  where === undefined ? hasNounOf(type, name) : isKindOf(type, where.value);

const named = (type: RecordTypeName, { name, where }: InspectedCollection): number =>
  where !== undefined && isKindOf(type, where.value)
    ? 16
    : collectionNames[type].test(name) || hasNounOf(type, name)
      ? 8
      : 0;

/**
 * Where a collection's documents seem to have the fields of a record type.
 *
 * @param prior where those of another collection of the type have them: the same paths have the same meaning
 */
export const fieldsOf = (
  type: RecordTypeName,
  collection: InspectedCollection,
  known: KnownNames[RecordTypeName],
  types: Types,
  prior: Fields = {},
): Fields => {
  const taken = new Set<string>();
  const fields: Record<string, InspectedPath[]> = {};
  const take = (slot: string, path: InspectedPath) => {
    taken.add(path.path);
    fields[slot] = [...(fields[slot] ?? []), path];
  };
  const { slots, references } = recordType(type);
  const all = collection.paths.filter(({ path }) => path !== '_id');
  const free = () => all.filter(({ path }) => !taken.has(path));
  const byCoverage = (a: InspectedPath, b: InspectedPath) => b.documents - a.documents;
  const inside = ({ path }: InspectedPath) =>
    collection.paths.flatMap((one) => (one.path.startsWith(`${path}.`) ? one.path.slice(path.length + 1) : []));
  const isPossible = (slot: string, path: InspectedPath) =>
    canBe(type, slot, path, inside(path)) &&
    !isAnotherLookup(slot, path, slots) &&
    // The field by which this part was divided says only which part it is, unless it is a word of the field.
    (path.path !== collection.where?.path || telling[slot]?.(path, []) === true);
  /** The fullest path that is right for a field, if that has none. */
  const takeFirst = (slot: string, isRight: (path: InspectedPath) => boolean) => {
    if (fields[slot] !== undefined) return;
    const [found] = free()
      .filter((path) => isPossible(slot, path) && isRight(path))
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
  for (const [slot, paths] of Object.entries(prior)) {
    for (const { path } of paths) {
      const here = all.find((one) => one.path === path);
      if (here !== undefined) take(slot, here);
    }
  }
  takeReferences((path) => !isSmallNumber(path));
  // First by the whole path, then by its last name, then by a part of that and by what its values look like.
  for (const nameOf of [(path: string) => spelling(path), (path: string) => spelling(path.split('.').at(-1)!)]) {
    for (const [slot, names] of known) {
      const matching = free()
        .filter(({ path }) => names.includes(nameOf(path)))
        .filter((path) => isPossible(slot, path))
        .sort((a, b) => names.indexOf(nameOf(a.path)) - names.indexOf(nameOf(b.path)));
      if (fields[slot] !== undefined) continue;
      for (const path of matching.slice(0, 4)) take(slot, path);
    }
  }
  moveFirstName(type === 'agents' ? 'memberFullName' : 'fullName', fields);
  const lastName = ({ path }: InspectedPath) => spelling(path.split('.').at(-1)!);
  // A name that says which end of a range it is says more than that there is a range.
  for (const slot of [...slots].sort((a, b) => Number(isEnd(b)) - Number(isEnd(a)))) {
    const [name, looksRight] = hints[slot] ?? [];
    // What a search's reader knows by its name in the criteria needs no line.
    const isKnownThere = (path: InspectedPath) =>
      type === 'savedSearches' &&
      (criterionSlots as readonly string[]).includes(slot) &&
      savedSearchReads(lastName(path));
    if (name !== undefined)
      takeFirst(slot, (path) => name.test(lastName(path)) && looksRight!(path, inside(path)) && !isKnownThere(path));
  }
  takeReferences(
    (path) => !isSmallNumber(path) || path.refersTo?.some((target) => shareAPart(path.path, target.in)) === true,
  );
  const isNamed = fields.firstName !== undefined && fields.lastName !== undefined;
  for (const [slot, looksRight] of Object.entries(telling)) {
    if (!slots.includes(slot) || (isNamed && /fullname/i.test(slot))) continue;
    // Beside a last name, a name is the first one.
    const isFirst = /fullname/i.test(slot) && fields.lastName !== undefined;
    takeFirst(
      isFirst ? 'firstName' : slot,
      (path) => looksRight(path, inside(path)) && !/agent|owner|assign|broker|makler/i.test(path.path),
    );
  }
  for (const slot of slots) {
    const looksRight = hints[slot]?.[1] ?? telling[slot];
    if (looksRight !== undefined)
      takeFirst(slot, (path) => isShortFor(lastName(path), known.get(slot) ?? []) && looksRight(path, inside(path)));
  }
  // One field of the old CRM gives both.
  if (type === 'listings' && fields.standardStatus !== undefined)
    fields.mlsStatus ??= fields.standardStatus.slice(0, 1);
  return fields;
};

/** Beside a last name, a `name` of one word is the first name. */
const moveFirstName = (fullName: string, fields: Record<string, InspectedPath[]>): void => {
  const [path, ...others] = fields[fullName] ?? [];
  if (path === undefined || others.length > 0 || fields.lastName === undefined || fields.firstName !== undefined)
    return;
  const texts = Object.entries({ ...path.shapes, ...path.values }).filter(([text]) => text.trim() !== '');
  const sum = (some: typeof texts) => some.reduce((all, [, count]) => all + count, 0);
  if (texts.length === 0 || sum(texts.filter(([text]) => /\s/.test(text.trim()))) > 0.3 * sum(texts)) return;
  fields.firstName = [path];
  delete fields[fullName];
};

/** Fields that are one end of a range, or the town of a search. */
const isEnd = (slot: string): boolean => /(?:Min|Max)$|^cities$/.test(slot);

/**
 * Whether a name is one of others without most of its vowels, as in `fst_nm` and `crt_dt`: it has at most one vowel and half of the
 * letters, in their order, from the first one on.
 */
const isShortFor = (name: string, others: readonly string[]): boolean =>
  name.length >= 3 &&
  name.replace(/[^aeiou]/g, '').length <= 1 &&
  others.some((other) => {
    if (other[0] !== name[0] || name.length >= other.length || name.length < other.length / 2) return false;
    let at = 0;
    for (const letter of other) if (letter === name[at]) at++;
    return at === name.length;
  });

/** Fields that are read from documents with parts. */
const fromDocuments =
  /^(?:criteria|coordinates|unparsedAddress|budget|priceRange|hours|vacation|bathroomsTotalInteger)$/;
const isPrice = (slot: string) => /price/i.test(slot);

/** Fields that a number with a unit can be. */
const measured: Readonly<Record<string, RegExp>> = {
  amount: /price|budget|fee|remarks|notes|body|criteria/i,
  'number of bedrooms': /bedrooms|remarks|notes|body|criteria/i,
  'number of bathrooms': /bathrooms|remarks|notes|body|criteria/i,
  'number of rooms': /remarks|notes|body|criteria/i,
  area: /area|lotSize|remarks|notes|body|criteria/i,
};

/** A document with parts is not a price, and a field that looks like an e-mail address is not a name. */
const canBe = (type: RecordTypeName, slot: string, path: InspectedPath, inside: readonly string[]): boolean => {
  const isDocument = (path.types.document ?? 0) > 0 && Object.keys(path.types).length === 1;
  if (
    isDocument &&
    !fromDocuments.test(slot) &&
    !(isPrice(slot) && inside.some(isCurrency)) &&
    recordType(type).references[slot] === undefined &&
    !(/fullname$/i.test(slot) && inside.some((name) => /^(?:first|last)(?:Name)?$/.test(name)))
  )
    return false;
  if (path.looksLike === 'e-mail address' && !/email|key$/i.test(slot)) return false;
  const look = lookAt(path);
  if (look !== undefined && measured[look]?.test(slot) === false) return false;
  return path.path.split('.').length <= 6;
};
