import { withChanges } from '../changes.ts';
import { type Rejection, reject } from '../decider.ts';
import { listingFields } from './fields.ts';
import type { InStep, ListingChanges } from './in-step.ts';

/** The parts of an address that have fields of their own. */
const streetParts = ['streetNumber', 'streetName', 'unitNumber'] as const;
const parts = [...streetParts, 'city', 'stateOrProvince', 'postalCode'] as const;

/** An address in one line, and its parts. */
export const addressFields = ['unparsedAddress', ...parts] as const;

type Part = (typeof parts)[number];

/** The known parts of an address. */
export type AddressParts = { readonly [Name in Part]?: string | undefined };

/**
 * Divides an address in one line into its parts, as the importer does; `undefined` if there is no street in it, or it is not clear
 * where the street ends.
 */
export type ReadAddressLine = (line: string) => AddressParts | undefined;

/** An address as `unparsedAddress` has it: `123 Main St #4, Boca Raton, FL 33432`. */
export const oneLine = (street: string, unit?: string, city?: string, state?: string, zip?: string) => {
  const region = [state, zip].filter((part) => part !== undefined).join(' ');
  const line = unit === undefined ? street : `${street} #${unit}`;
  return [line, city, region].filter((part) => part !== undefined && part !== '').join(', ');
};

/**
 * Corrections of a listing with what follows from them, so that its address in one line and the parts of it go on saying the same:
 * the parts follow from a line that is given, and the line from parts. What the person gives counts; where it is not clear what
 * follows, the correction is rejected with a message that says what to give.
 * @param given the fields that the person corrects; `null` for empty
 * @param before the fields on record
 */
export const addressInStep = (given: ListingChanges, before: ListingChanges, read: ReadAddressLine): InStep => {
  const { unparsedAddress: line } = given;
  if (line === undefined && parts.every((name) => given[name] === undefined)) return { changes: given };
  if (line === null) return withoutStreet(given);
  const found = line === undefined ? fromParts(given, before, read) : fromLine(line, given, before, read);
  if ('rejected' in found) return found;
  if (found.parts.streetName === undefined) {
    if (found.parts.streetNumber !== undefined && streetParts.some((name) => given[name] !== undefined))
      return reject(
        'address-incomplete',
        'A street number needs a street name: give that too, or empty both',
        'streetName',
      );
    return { changes: { ...given, ...fieldsOf(found.parts), unparsedAddress: null } };
  }
  const written = asRead(found, given, read);
  return 'rejected' in written
    ? written
    : { changes: { ...given, ...fieldsOf(written.parts), unparsedAddress: lineOf(written.parts) } };
};

/** `said`: what a line that is given says by itself. */
type Parts = { readonly parts: AddressParts; readonly said: AddressParts };
type Found = Parts | { readonly rejected: Rejection };

/** Without its line, an address has no street; the town may still be known. */
const withoutStreet = (given: ListingChanges): InStep => {
  const kept = (['streetNumber', 'streetName'] as const).find((name) => (given[name] ?? null) !== null);
  if (kept !== undefined)
    return reject(
      'address-contradiction',
      `${labelOf('unparsedAddress')} cannot be empty while ${nameOf(kept)} is "${given[kept]}": give only one of the two`,
      'unparsedAddress',
    );
  return { changes: { unitNumber: null, ...given, streetNumber: null, streetName: null } };
};

/** What a line says; it may leave out the town, the state and the ZIP code, which then stay. */
const fromLine = (line: string, given: ListingChanges, before: ListingChanges, read: ReadAddressLine): Found => {
  const { stateOrProvince, postalCode } = withChanges(before, given);
  const said = readWithRegion(line, [stateOrProvince ?? undefined, postalCode ?? undefined], read);
  if (said === undefined)
    return reject(
      'address-unclear',
      `The address "${line}" cannot be divided into street, city, state and ZIP code: write it like 123 Main St #4, Boca Raton, FL 33432`,
      'unparsedAddress',
    );
  const other = parts.find(
    (name) => given[name] !== undefined && said[name] !== undefined && !same(given[name], said[name]),
  );
  if (other !== undefined)
    return reject(
      'address-contradiction',
      `The address says ${nameOf(other)} ${said[other]}, and ${labelOf(other)} ${given[other] === null ? 'is to be empty' : `says ${given[other]}`}: give only one of the two, or the same in both`,
      other,
    );
  // Only the person knows whether the new address has the old one's unit.
  const leftOut = (['streetNumber', 'unitNumber'] as const).find(
    (name) => given[name] === undefined && said[name] === undefined && (before[name] ?? null) !== null,
  );
  if (leftOut !== undefined)
    return reject(
      'address-incomplete',
      `The address "${line}" does not say whether ${nameOf(leftOut)} is still ${before[leftOut]}: give the address with it, or ${labelOf(leftOut)} too (empty if there is none)`,
      leftOut,
    );
  return agreeing(before, given, said, read, { ...partsOf(before), ...said, ...without(given) });
};

/** The parts on record with those that are given. A record that has only a line gets its other parts from that. */
const fromParts = (given: ListingChanges, before: ListingChanges, read: ReadAddressLine): Found => {
  const known = partsOf(before);
  const said = known.streetName === undefined && before.unparsedAddress ? read(before.unparsedAddress) : {};
  if (said === undefined && given.streetName === undefined)
    return reject(
      'address-unclear',
      `The address on record, "${before.unparsedAddress}", cannot be divided into street, city, state and ZIP code: give ${labelOf('unparsedAddress')} too, like 123 Main St #4, Boca Raton, FL 33432`,
      'unparsedAddress',
    );
  return agreeing(before, given, {}, read, { ...said, ...known, ...without(given) });
};

/**
 * If the line on record contradicts the parts on record, one of them was corrected alone. The person has to say which one is right,
 * unless the correction makes it clear.
 */
const agreeing = (
  before: ListingChanges,
  given: ListingChanges,
  said: AddressParts,
  read: ReadAddressLine,
  found: AddressParts,
): Found => {
  const known = partsOf(before);
  const line = before.unparsedAddress ?? undefined;
  if (line === undefined || (known.streetName !== undefined && line === lineOf(known))) return { parts: found, said };
  const onRecord = read(line);
  if (onRecord === undefined) return { parts: found, said };
  const open = parts.find(
    (name) =>
      given[name] === undefined &&
      said[name] === undefined &&
      (onRecord[name] === undefined
        ? name === 'streetNumber'
        : known.streetName !== undefined || known[name] !== undefined) &&
      !same(onRecord[name], known[name]),
  );
  if (open === undefined) return { parts: found, said };
  return reject(
    'address-contradiction',
    `On record, the address is "${line}", and ${labelOf(open)} is ${known[open] ?? 'empty'}: give ${labelOf(open)} too, or the whole address`,
    open,
  );
};

/**
 * The parts as they are read from their line: `Florida` is FL. A given part has to be read as it is given. A part on record that would
 * be read differently (`Ocean Dr, Tower 2`) stays as it is.
 */
const asRead = ({ parts: found, said }: Parts, given: ListingChanges, read: ReadAddressLine): Found => {
  const back = read(lineOf(found));
  const wrong = parts.filter((name) => back?.[name] !== found[name]);
  const isGiven = (name: Part) => given[name] !== undefined || said[name] !== undefined;
  if (wrong.length === 0 || (back !== undefined && !wrong.some(isGiven))) return { parts: found, said };
  if (back !== undefined && wrong.every(isGiven)) {
    const again = read(lineOf(back));
    if (parts.every((name) => again?.[name] === back[name] && !(back[name] === undefined && found[name] !== undefined)))
      return { parts: back, said };
  }
  const first = wrong.find(isGiven) ?? 'unparsedAddress';
  const readAs = parts
    .flatMap((name) => (back?.[name] === undefined ? [] : [`${labelOf(name)} ${back[name]}`]))
    .join(', ');
  return reject(
    'address-unclear',
    `The address "${lineOf(found)}" ${back === undefined ? 'cannot be divided into street, city, state and ZIP code' : `would be read as ${readAs}`}: give each part by itself, with the city`,
    first,
  );
};

/** "126 Main St Boca Raton" names its town, which only shows next to the state or the ZIP code. */
const readWithRegion = (
  line: string,
  region: readonly (string | undefined)[],
  read: ReadAddressLine,
): AddressParts | undefined => {
  const said = read(line);
  if (
    said === undefined ||
    said.city !== undefined ||
    said.stateOrProvince !== undefined ||
    said.postalCode !== undefined
  )
    return said;
  const whole = read(`${line}, ${region.filter((part) => part !== undefined).join(' ')}`);
  if (whole?.city === undefined) return said;
  const { stateOrProvince: _, postalCode: __, ...own } = whole;
  return own;
};

const partsOf = (fields: ListingChanges): AddressParts =>
  Object.fromEntries(parts.flatMap((name) => ((fields[name] ?? null) === null ? [] : [[name, fields[name]]])));

/** Given parts, with `undefined` for those that are to be empty. */
const without = (given: ListingChanges): AddressParts =>
  Object.fromEntries(parts.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name] ?? undefined]])));

const fieldsOf = (found: AddressParts): ListingChanges =>
  Object.fromEntries(parts.map((name) => [name, found[name] ?? null]));

const lineOf = ({ streetNumber, streetName, unitNumber, city, stateOrProvince, postalCode }: AddressParts): string =>
  oneLine(
    [streetNumber, streetName].filter((part) => part !== undefined).join(' '),
    unitNumber,
    city,
    stateOrProvince,
    postalCode,
  );

const same = (one: string | null | undefined, other: string | null | undefined): boolean =>
  (one ?? '').toLowerCase() === (other ?? '').toLowerCase();

const labelOf = (name: Part | 'unparsedAddress'): string => listingFields[name].label;
/** A label within a sentence. */
const nameOf = (name: Part): string => labelOf(name).replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
