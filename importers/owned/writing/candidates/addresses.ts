import { addressNames, hasUnknownParts, namesIn } from '../../../legacy/fields/places/address.ts';
import { isDirection, isStreetEnd, partsOfLine } from '../../../legacy/fields/places/address-line.ts';
import { type Edit, isPlain, type RawDocument, rawAt } from '../edits.ts';
import { isNumber, typedLike } from '../forms/numbers.ts';
import { has, inUse, type Ways, type Writing } from './writing.ts';

/** The parts that a street's name may have fields of its own for, beside its number. */
const nameParts = ['streetDirPrefix', 'streetName', 'streetSuffix', 'streetDirSuffix'] as const;
const places = ['city', 'stateOrProvince', 'postalCode'] as const;

/** An address: in one line, in a sub-document, in a field for each part, or in several of these. */
export const address: Ways = function* (writing) {
  const { wanted, document } = writing;
  const all: Edit[] = places.flatMap((slot) => {
    const path = inUse(writing, slot);
    return path === undefined ? [] : [{ path, value: wanted[slot] ?? null }];
  });
  const beside = all.filter((edit) => rawAt(document, edit.path) !== undefined);
  const parts = partEdits(writing);
  const apart = [...new Set([...beside, ...parts])];
  const path = inUse(writing, 'unparsedAddress');
  const before = path === undefined ? undefined : rawAt(document, path);
  const hasParts = ['streetNumber', ...nameParts].some((slot) =>
    writing.pathsOf(slot).some((one) => has(writing, one)),
  );
  if (hasParts && (before ?? null) === null) yield apart;
  if (path !== undefined) {
    if (isPlain(before)) for (const value of documentsLike(before, writing)) yield [{ path, value }, ...beside];
    if (Array.isArray(before))
      for (const line of linesLike(before.join('\n'), wanted)) yield [{ path, value: line.split('\n') }, ...beside];
    const isUnreadInPart = isPlain(before) && hasUnknownParts(before);
    const { unitNumber } = wanted;
    const withUnit = typeof unitNumber === 'string' ? [`${streetOf(wanted)} #${unitNumber}`] : [];
    const lines = isUnreadInPart
      ? []
      : [...linesLike(before, wanted), wanted.unparsedAddress ?? null, streetOf(wanted), ...withUnit];
    for (const value of lines) yield [{ path, value }, ...beside];
    if (parts.length > 0) for (const value of lines) yield [{ path, value }, ...apart];
    if (all.length > beside.length) for (const value of lines.toReversed()) yield [{ path, value }, ...all];
  }
  if (apart.length > 0) yield apart;
  if (all.length > beside.length) yield [...parts, ...all];
};

const streetOf = ({ streetNumber, streetName }: Writing['wanted']): string =>
  [streetNumber, streetName].filter((part) => typeof part === 'string').join(' ');

/** Each part in all of the fields that the document has for it, so that none of them says what was; otherwise in one. */
const partEdits = (writing: Writing): Edit[] => {
  const { wanted, document } = writing;
  const nameAt = inUse(writing, 'streetName');
  const before = nameAt === undefined ? undefined : rawAt(document, nameAt);
  // A part has a field of its own in this document, or in others, unless this one has it in the name.
  const isApart = (slot: string, isInName: boolean) =>
    writing.pathsOf(slot).some((path) => has(writing, path) || (writing.uses(path) > 0 && !isInName));
  const name = partsOfName(wanted.streetName, before, isApart);
  const values = { ...name, streetNumber: wanted.streetNumber ?? null, unitNumber: wanted.unitNumber ?? null };
  return Object.entries(values).flatMap(([slot, value]) => {
    const paths = writing.pathsOf(slot);
    const filled = paths.filter((path) => has(writing, path));
    const first = inUse(writing, slot);
    const all = filled.length > 0 ? filled : first === undefined || value === null ? [] : [first];
    return all.map((path) => ({ path, value: partLike(rawAt(document, path), value, slot) }));
  });
};

/** A number stays one, and `Apt 4` becomes `Apt 5`. */
const partLike = (before: unknown, value: unknown, slot: string): unknown => {
  if (typeof value !== 'string') return value;
  if (slot === 'streetNumber' && isNumber(before)) return /^\d+/.exec(value)?.[0] ?? null;
  return slot === 'unitNumber' && typeof before === 'string' ? unitLike(before, value) : value;
};

/**
 * Edits of the fields that have nothing but the number of the street number that was there: RESO's `StreetNumberNumeric` is 125 beside
 * `125A`.
 */
export const numberParts = (
  { bson, pathsOf, wanted }: Writing,
  document: RawDocument,
  before: unknown,
): readonly Edit[] => {
  const [was, is] = [before, wanted.streetNumber].map((number) => /^\d{1,9}/.exec(String(number ?? ''))?.[0]);
  if (was === undefined || is === undefined || was === is) return [];
  return pathsOf('streetNumber').flatMap((path) => {
    const found = rawAt(document, path);
    if (!(isNumber(found) || typeof found === 'string') || String(found).trim() !== was) return [];
    return [{ path, value: isNumber(found) ? typedLike(bson, found, Number(is)) : is }];
  });
};

const unitLike = (before: string, unit: string): string => `${/^.*[\s#.]/.exec(before.trim())?.[0] ?? ''}${unit}`;

/**
 * A street's name, divided as the document divides its own: `S Oak Ave` is `S`, `Oak` and `Ave` where there is a field for each. A
 * document that has the whole in one field keeps it there.
 * @param before the name that it replaces
 * @param isApart whether there is a field for a part
 */
const partsOfName = (
  name: unknown,
  before: unknown,
  isApart: (slot: (typeof nameParts)[number], isInName: boolean) => boolean,
): Readonly<Record<(typeof nameParts)[number], string | null>> => {
  const words = typeof name === 'string' ? name.split(/\s+/) : [];
  const old = typeof before === 'string' ? before.trim().split(/\s+/) : [];
  const take = (slot: (typeof nameParts)[number], at: 0 | -1, is: (word: string) => boolean): string | null => {
    const [word, oldWord] = [words.at(at), old.at(at)];
    if (word === undefined || words.length < 2 || !is(word)) return null;
    if (!isApart(slot, oldWord !== undefined && old.length > 1 && is(oldWord))) return null;
    words.splice(at, 1);
    return word;
  };
  const streetDirSuffix = take('streetDirSuffix', -1, isDirection);
  const streetSuffix = take('streetSuffix', -1, isStreetEnd);
  const streetDirPrefix = take('streetDirPrefix', 0, isDirection);
  return { streetDirPrefix, streetName: words.join(' ') || null, streetSuffix, streetDirSuffix };
};

/** Lines in the form of the one before: with a unit, a town and so on where that has them. */
const linesLike = (before: unknown, wanted: Writing['wanted']): string[] => {
  if (typeof before !== 'string' || before.length > 300) return [];
  const { street, unit, city, state, zip } = partsOfLine(before);
  let line = before;
  const replace = (old: unknown, now: unknown) => {
    if (typeof old !== 'string' || old === '' || typeof now !== 'string' || old === now) return;
    const at = line.lastIndexOf(old);
    if (at >= 0) line = `${line.slice(0, at)}${now}${line.slice(at + old.length)}`;
  };
  replace(zip, wanted.postalCode);
  replace(state, wanted.stateOrProvince);
  replace(city, wanted.city);
  const { unitNumber } = wanted;
  if (typeof unit === 'string' && typeof unitNumber === 'string') replace(unit, unitLike(unit, unitNumber));
  else if (typeof unit === 'string' && line.includes(unit)) {
    const at = line.indexOf(unit);
    line = `${line.slice(0, at).replace(/[\s,]+$/, '')}${line.slice(at + unit.length)}`;
  }
  const at = typeof street === 'string' ? line.indexOf(street) : -1;
  if (at < 0) return [];
  const lineWith = (own: string) => `${line.slice(0, at)}${own}${line.slice(at + String(street).length)}`;
  const isNew = unit === undefined && typeof unitNumber === 'string';
  return [lineWith(streetOf(wanted)), ...(isNew ? [lineWith(`${streetOf(wanted)} #${unitNumber}`)] : [])];
};

/** Sub-documents with each part under the name that it has there. */
const documentsLike = (before: RawDocument, writing: Writing): RawDocument[] => {
  const { wanted } = writing;
  const named = (names: readonly string[]) => namesIn(before, names).filter((name) => (before[name] ?? null) !== null);
  const values: Record<string, unknown> = {};
  const put = (names: readonly string[], value: unknown, usual: string, slot = usual) => {
    const there = named(names);
    const [empty] = namesIn(before, names);
    for (const name of there) values[name] = partLike(before[name], value, slot);
    if (there.length === 0 && value) values[empty ?? usual] = value;
  };
  put(addressNames.city, wanted.city ?? null, 'city');
  put(addressNames.state, wanted.stateOrProvince ?? null, 'state');
  put(addressNames.zip, wanted.postalCode ?? null, 'zip');
  const [lineAt] = named(addressNames.line);
  // A unit that is in the line stays there.
  const hasUnit = lineAt !== undefined && partsOfLine(String(before[lineAt])).unit !== undefined;
  if (!hasUnit || named(addressNames.unit).length > 0)
    put(addressNames.unit, wanted.unitNumber ?? null, 'unit', 'unitNumber');
  const [numberAt] = named(addressNames.number);
  if (numberAt !== undefined)
    values[numberAt] = partLike(before[numberAt], wanted.streetNumber ?? null, 'streetNumber');
  const nameOf = (part: string): string | undefined => named([part.toLowerCase()])[0];
  const streetNameAt = nameOf('streetName');
  if (streetNameAt !== undefined) {
    const divided = partsOfName(wanted.streetName, before[streetNameAt], (part) => nameOf(part) !== undefined);
    for (const [part, value] of Object.entries(divided)) values[nameOf(part) ?? part] = value;
  }
  // What is not read may be the street: a second one beside it would leave the old one in place.
  if (lineAt === undefined && streetNameAt === undefined && hasUnknownParts(before)) return [];
  const line = lineAt === undefined ? undefined : before[lineAt];
  const isNumberApart = numberAt !== undefined && !(typeof line === 'string' && /^\s*\d/.test(line));
  if (lineAt === undefined && streetNameAt !== undefined) return [{ ...before, ...values }];
  const lines = isNumberApart ? [wanted.streetName ?? null] : [...linesLike(line, wanted), streetOf(wanted)];
  return lines.map((value) => ({ ...before, ...values, [lineAt ?? 'street']: value }));
};
