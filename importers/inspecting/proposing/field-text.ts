import { isAreaUnit } from '../../legacy/fields/numbers/area.ts';
import { readFeeFrequency } from '../../legacy/fields/numbers/association-fee.ts';
import { readLeadSource, readLeadStage } from '../../legacy/fields/people/lead-words.ts';
import { readRoles } from '../../legacy/fields/people/roles.ts';
import { readFrequency } from '../../legacy/fields/times/frequency.ts';
import { readPropertyClass } from '../../legacy/fields/words/property-type.ts';
import { readStandardStatus } from '../../legacy/fields/words/status.ts';
import { activityTypeOf, assignmentStatusOf } from '../../legacy/lead-history.ts';
import { isMissing, spelling } from '../../legacy/reading.ts';
import { type RecordTypeName, recordType } from '../../mappings/record-types.ts';
import { dateSlots } from '../../mappings/understood-words.ts';
import type { InspectedPath } from '../inspected-path.ts';
import { wordsOf as partsOf } from '../nouns.ts';
import { meaningOf } from './names/foreign-words.ts';
import { type Keys, type Types, targetOf } from './references.ts';
import { isCurrency, isSubType, lookAt } from './slot-looks.ts';

/** What a field's place needs to know about the other documents, and about its own. */
export type Surroundings = {
  readonly types: Types;
  readonly keys: Keys;
  /** All paths of the documents in which the field is. */
  readonly beside: readonly InspectedPath[];
};

/**
 * A field of a mapping: `listPrice: preis`, with the words, the unit or the key that it needs.
 *
 * @param constant what it is in documents that have nothing at these paths; then there may be none
 */
export const fieldText = (
  type: RecordTypeName,
  slot: string,
  paths: readonly InspectedPath[],
  around: Surroundings,
  constant?: string,
): string => {
  const words = wordsOf(slot, paths);
  const places = paths.map((path) => placeText(type, slot, path, around));
  const from = places.length === 1 ? places[0]! : `[${places.join(', ')}]`;
  if (words.length === 0 && constant === undefined) return from;
  const table = words.map(([word, meaning]) => `${quoted(word)}: ${quoted(meaning)}`).join(', ');
  const parts = [
    ...(paths.length === 0 ? [] : [`from: ${from}`]),
    ...(words.length === 0 ? [] : [`words: { ${table} }`]),
    ...(constant === undefined ? [] : [`constant: ${quoted(constant)}`]),
  ];
  return `{ ${parts.join(', ')} }`;
};

const placeText = (type: RecordTypeName, slot: string, path: InspectedPath, around: Surroundings): string => {
  const target = recordType(type).references[slot];
  if (target !== undefined)
    return `{ path: ${quoted(path.path)}, refersTo: ${targetOf(path, target, around.types, around.keys)} }`;
  const unit = unitOf(slot, path, around.beside);
  if (unit !== undefined) return `{ path: ${quoted(path.path)}, unit: ${unit} }`;
  return path.dateOrder !== undefined && dateSlots.has(slot)
    ? `{ path: ${quoted(path.path)}, dateOrder: ${path.dateOrder} }`
    : quoted(path.path);
};

/** The unit that the name of a field or a field beside it says. */
const unitOf = (slot: string, path: InspectedPath, beside: readonly InspectedPath[]): string | undefined => {
  const isBare = (path.types.text ?? 0) === 0 || lookAt(path) === undefined;
  if (!isBare) return undefined;
  const unit = unitBeside(slot, path, beside);
  if (unit !== undefined) return `{ path: ${quoted(unit.path)} }`;
  if (slot === 'lotSizeSquareFeet' && /acre/i.test(path.path)) return 'acres';
  if (slot === 'lotSizeSquareFeet' && /sq(?:uare)?_?f/i.test(path.path)) return 'sqft';
  return isArea(slot) && inSquareMetres.test(spelling(path.path)) ? 'm²' : undefined;
};

const isArea = (slot: string) => /^(?:livingArea|lotSizeSquareFeet)$/.test(slot);

/** The field beside a price or an area that says its currency or unit. */
export const unitBeside = (
  slot: string,
  { path }: InspectedPath,
  beside: readonly InspectedPath[],
): InspectedPath | undefined => {
  const parent = path.slice(0, path.lastIndexOf('.') + 1);
  if (isArea(slot))
    return beside.find((one) => one.path !== path && isBeside(one.path, parent, path) && namesAreas(one));
  return /^(?:list|originalList|close)Price$/.test(slot)
    ? beside.find((one) => one.path.startsWith(parent) && isCurrency(one.path.slice(parent.length)))
    : undefined;
};

/** `lot.size` and `lot.unit`, `lot_size` and `lot_unit`: in the same document, and called only a unit or alike. */
const isBeside = (other: string, parent: string, path: string): boolean => {
  if (!other.startsWith(parent)) return false;
  const [name, own] = [other, path].map((one) => one.slice(parent.length));
  return (parent !== '' && isUnit.test(spelling(name!))) || partsOf(name!)[0] === partsOf(own!)[0];
};

const isUnit = /^(?:area|size)?(?:units?|uom|einh(?:eit)?|unidad(?:es)?)$/;

/** Whether what is there is always a unit of area. */
const namesAreas = ({ values = {} }: InspectedPath) => {
  const words = Object.keys(values).filter((word) => !isMissing(word));
  return words.length > 0 && words.every(isAreaUnit);
};

/** In languages whose countries measure so. */
const inSquareMetres =
  /(?:^|[^a-z])(?:qm|m2|sqm)|(?:qm|m2|sqm)$|sqm(?:eters?|etres?)?$|flache$|flaeche$|superficie|metroscuadrados|metrosconstruidos/;

const readers: Readonly<Record<string, (word: string) => boolean>> = {
  standardStatus: (word) => readStandardStatus(word).value !== undefined,
  leadStage: (word) => readLeadStage(word).value !== undefined,
  roles: (word) => readRoles(word).warning === undefined,
  propertyType: (word) => readPropertyClass(word).value !== undefined,
  propertySubTypes: isSubType,
  leadSource: (word) => readLeadSource(word).warning === undefined,
  associationFeeFrequency: (word) => readFeeFrequency(word).value !== undefined,
  scheduleType: (word) => readFrequency(word).value !== undefined,
  status: (word) => assignmentStatusOf(word) !== undefined,
  activityType: (word) => activityTypeOf(word) !== undefined,
};

/** Whether the reader of a field of words knows this one. */
export const isReadAs = (slot: string, word: string): boolean => readers[slot]?.(word) ?? false;

const unreadWords = (slot: string, paths: readonly InspectedPath[]): string[] => {
  const isRead = readers[slot];
  if (isRead === undefined) return [];
  return [...new Set(paths.flatMap(({ values = {} }) => Object.keys(values)))].filter(
    (word) => !isMissing(word) && !isRead(word),
  );
};

/** Words that the field's reader does not know and the proposal does. */
const wordsOf = (slot: string, paths: readonly InspectedPath[]): [word: string, meaning: string][] =>
  unreadWords(slot, paths).flatMap((word): [string, string][] => {
    const meaning = meaningOf(slot, word);
    return meaning === undefined || word.length > 60 || !isReadAs(slot, meaning) ? [] : [[word, meaning]];
  });

/** Words for which a person must say what they mean. */
export const unknownWords = (slot: string, paths: readonly InspectedPath[]): string[] =>
  unreadWords(slot, paths).filter((word) => {
    const meaning = meaningOf(slot, word);
    return meaning === undefined || !isReadAs(slot, meaning);
  });

/** A text as YAML. */
export const quoted = (text: string): string =>
  /^[A-Za-z_][\w.-]*$/.test(text) && !isMissing(text) && !/^(?:y|n|yes|no|true|false|null|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text);
