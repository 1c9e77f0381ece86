import { isDocument, isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';
import { readPostalCode } from './postal-code.ts';
import { readState } from './state.ts';
import { readLine } from './text.ts';

/** RESO's parts of an address, as far as they are told. */
export type Address = {
  readonly unparsedAddress?: string;
  readonly streetNumber?: string;
  readonly streetName?: string;
  readonly unitNumber?: string;
  readonly city?: string;
  readonly stateOrProvince?: string;
  readonly postalCode?: string;
};

/** Fields that stand beside the address, for what the address itself does not tell. */
export type AddressBeside = { readonly city?: unknown; readonly state?: unknown; readonly zip?: unknown };

/**
 * `"123 Main St, Boca Raton, FL 33432"`, `{ street, unit, city, state, zip }`, or `{ line1, line2 }` beside `city`, `state`,
 * `zip`. `unparsedAddress` needs a street: a town alone is no address.
 */
export const readAddress = (found: unknown, beside: AddressBeside = {}): Reading<Address> => {
  if (!isMissing(found) && typeof found !== 'string' && !isDocument(found)) return unclear('not-an-address');
  const parts = typeof found === 'string' ? splitLine(found) : isDocument(found) ? partsOf(found) : {};
  const city = readLine(parts.city ?? beside.city).value;
  const state = firstOf(readState, parts.state, beside.state);
  const zip = firstOf(readPostalCode, parts.zip, beside.zip);
  const street = readLine(parts.street).value;
  const unit = unitOf(parts.unit);
  const address: Address = {
    ...(street === undefined ? {} : { unparsedAddress: oneLine(street, unit, city, state.value, zip.value) }),
    ...(street === undefined ? {} : splitStreet(street)),
    ...(unit === undefined ? {} : { unitNumber: unit }),
    ...(city === undefined ? {} : { city }),
    ...(state.value === undefined ? {} : { stateOrProvince: state.value }),
    ...(zip.value === undefined ? {} : { postalCode: zip.value }),
  };
  const warning = zip.warning ?? state.warning;
  if (Object.keys(address).length > 0) return understood(address, warning);
  return warning === undefined ? (isMissing(found) ? nothing : unclear('not-an-address')) : unclear(warning);
};

type Parts = {
  readonly street?: unknown;
  readonly unit?: unknown;
  readonly city?: unknown;
  readonly state?: unknown;
  readonly zip?: unknown;
};

const partsOf = (found: Record<string, unknown>): Parts => {
  const street = found.street ?? found.line1 ?? found.address;
  const unit = found.unit ?? found.line2;
  const { city, state } = found;
  const whole = { street, unit, city, state, zip: found.zip ?? found.postalCode };
  // Some put the whole line into `line1`.
  if (typeof street === 'string' && isMissing(city) && street.split(',').length >= 3) return { ...splitLine(street) };
  return whole;
};

const unitInStreet = /^(?<street>.*?\S)[\s,]+(?<unit>(?:#|apt\.?|unit|ste\.?|suite|ph|no\.?)\s*[a-z0-9][\w-]*)$/i;

const splitLine = (line: string): Parts => {
  const pieces = line
    .split(/[,\n]/)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '' && !/^(?:usa?|united states)\.?$/i.test(piece));
  const last = /^(?<state>[a-z][a-z .]*?)?\s*(?<zip>\d{5}(?:-\d{4})?)?$/i.exec(pieces.at(-1) ?? '')?.groups;
  const tail = pieces.length > 1 && last !== undefined && (last.zip !== undefined || isState(last.state));
  let rest = tail ? pieces.slice(0, -1) : pieces;
  let state = tail ? last?.state : undefined;
  if (tail && state === undefined && isState(rest.at(-1))) {
    state = rest.at(-1);
    rest = rest.slice(0, -1);
  }
  const city = rest.length > 1 ? rest.at(-1) : undefined;
  const street = (city === undefined ? rest : rest.slice(0, -1)).join(', ');
  const withUnit = unitInStreet.exec(street)?.groups;
  return {
    street: withUnit?.street ?? street,
    unit: withUnit?.unit,
    city,
    state,
    zip: tail ? last?.zip : undefined,
  };
};

const isState = (found: string | undefined) => readState(found).value !== undefined;

/** `"Unit 4B"`, `"#4B"`, `"Apt. 4B"` → `4B`. */
const unitOf = (found: unknown): string | undefined =>
  readLine(found)
    .value?.replace(/^(?:#|apt\.?|apartment|unit|ste\.?|suite|no\.?)\s*/i, '')
    .trim() || undefined;

const splitStreet = (street: string): Pick<Address, 'streetNumber' | 'streetName'> => {
  const match = /^(\d+[a-z]?(?:-\d+)?)\s+(.+)$/i.exec(street);
  return match === null ? { streetName: street } : { streetNumber: match[1]!, streetName: match[2]! };
};

const oneLine = (street: string, unit?: string, city?: string, state?: string, zip?: string) => {
  const region = [state, zip].filter((part) => part !== undefined).join(' ');
  const line = unit === undefined ? street : `${street} #${unit}`;
  return [line, city, region].filter((part) => part !== undefined && part !== '').join(', ');
};

const firstOf = (read: (found: unknown) => Reading<string>, ...found: readonly unknown[]): Reading<string> => {
  const readings = found.map(read);
  return (
    readings.find(({ value }) => value !== undefined) ??
    readings.find(({ warning }) => warning !== undefined) ??
    nothing
  );
};
