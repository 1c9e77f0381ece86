import { oneLine } from '../../../../domain/listing/index.ts';
import {
  bounded,
  isDocument,
  isMissing,
  nothing,
  overlong,
  type Reading,
  spelling,
  unclear,
  understood,
} from '../../reading.ts';
import { readLine } from '../words/text.ts';
import { type AddressParts, partsOfLine, townOf, unitNumber } from './address-line.ts';
import { readPostalCode } from './postal-code.ts';
import { readState } from './state.ts';

/** RESO's parts of an address, as far as they are known. */
export type Address = {
  readonly unparsedAddress?: string;
  readonly streetNumber?: string;
  readonly streetName?: string;
  readonly unitNumber?: string;
  readonly city?: string;
  readonly stateOrProvince?: string;
  readonly postalCode?: string;
};

/** Fields next to the address, for parts that the address itself lacks. */
export type AddressBeside = { readonly city?: unknown; readonly state?: unknown; readonly zip?: unknown };

const maxLength = 500;

/**
 * `"123 Main St, Boca Raton, FL 33432"` with or without commas, with a unit anywhere;
 * `{ street, unit, city, state, zip }`, or `{ line1, line2 }` next to `city`, `state`, `zip`. `unparsedAddress` needs a
 * street: a town alone is not an address.
 */
export const readAddress = (found: unknown, beside: AddressBeside = {}): Reading<Address> => {
  const plain = oneText(bounded(found, maxLength));
  if (plain === overlong) return unclear('too-long');
  if (!isMissing(plain) && typeof plain !== 'string' && !isDocument(plain)) return unclear('not-an-address');
  const around = bounded(beside, maxLength) as AddressBeside;
  const parts = typeof plain === 'string' ? partsOfLine(plain) : isDocument(plain) ? partsOf(plain, around) : {};
  const town = townOf(parts.city ?? around.city);
  const city = readLine(town.city).value;
  const state = firstOf(readState, parts.state, town.state, around.state);
  const zip = firstOf(readPostalCode, parts.zip, town.zip, around.zip);
  const street = readLine(parts.street).value;
  const unit = unitNumber(parts.unit);
  const address: Address = {
    ...(street === undefined ? {} : { unparsedAddress: oneLine(street, unit, city, state.value, zip.value) }),
    ...(street === undefined ? {} : splitStreet(street)),
    ...(unit === undefined ? {} : { unitNumber: unit }),
    ...(city === undefined ? {} : { city }),
    ...(state.value === undefined ? {} : { stateOrProvince: state.value }),
    ...(zip.value === undefined ? {} : { postalCode: zip.value }),
  };
  const isStreetUnread = street === undefined && isDocument(plain) && hasUnknownParts(plain);
  const warning =
    (isStreetUnread ? 'street-not-found' : undefined) ??
    zip.warning ??
    state.warning ??
    (parts.unclear ? 'address-unclear' : undefined);
  if (Object.keys(address).length > 0) return understood(address, warning);
  return warning === undefined ? (isMissing(plain) ? nothing : unclear('not-an-address')) : unclear(warning);
};

/** Lines in a list are lines of one address; a placeholder or a link is none. */
const oneText = (plain: unknown): unknown => {
  const text =
    Array.isArray(plain) && plain.length < 7 && plain.every((line) => typeof line === 'string')
      ? plain.join(', ')
      : plain;
  if (typeof text !== 'string') return text;
  return noAddress.test(text) ? [] : text.replace(spreadsheetZip, '$1');
};

/** A spreadsheet's `33432.0` at the end. */
const spreadsheetZip = /\b(\d{5})\.0+(?=[\s,]*$)/;

const noAddress =
  /^(?:tb[da]|n\/?a|none|nil|null|undefined|unknown|test|address|call|see (?:notes|remarks)|to be (?:determined|announced)|[-.?x\s]+)$|^https?:/i;

/** What the parts of an address are called in a sub-document, in order of preference, spelled as `spelledName` spells them. */
export const addressNames = {
  number: names('streetnumber number housenumber streetno hausnummer hausnr nr numero num numeroexterior numext'),
  line: names(
    'street line1 address1 street1 addressline1 address full formatted streetaddress fulladdress addr strasse str anschrift adresse calle domicilio direccion',
  ),
  unit: names(
    'unit line2 address2 street2 addressline2 apt suite unitnumber apartment unitno wohnung whg adresszusatz unidad depto departamento apartamento piso numerointerior numint interior',
  ),
  city: names('city town ort stadt ciudad municipio localidad poblacion'),
  state: names('state province region stateorprovince bundesland estado provincia'),
  zip: names('zip postalcode zipcode postcode plz postleitzahl cp codigopostal'),
} as const;

function names(spelled: string): readonly string[] {
  return spelled.split(' ');
}

/** RESO's parts of a street's name. */
const nameParts = names('streetname streetdirprefix streetsuffix streetdirsuffix');

/** What else says where a home is, beside the parts that are read. */
const otherPlaces = names(
  'country countrycode county neighborhood neighbourhood community subdivision area crossstreet land landkreis ortsteil stadtteil pais condado colonia barrio urbanizacion type id _id',
);

const known = new Set([...Object.values(addressNames).flat(), ...nameParts, ...otherPlaces].map(spelling));

const spelledName = (name: string): string => spelling(name.replace(/ß/g, 'ss'));

/** The names in a sub-document that mean a part of an address; the preferred one first. */
export const namesIn = (found: Readonly<Record<string, unknown>>, partNames: readonly string[]): string[] =>
  Object.keys(found)
    .map((name) => ({ name, rank: partNames.indexOf(spelledName(name)) }))
    .filter(({ rank }) => rank >= 0)
    .sort((one, other) => one.rank - other.rank)
    .map(({ name }) => name);

/** Whether a sub-document says something under a name that is not known, which may be the street. */
export const hasUnknownParts = (found: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(found).some(
    ([name, value]) => typeof value === 'string' && !isMissing(value) && !known.has(spelledName(name)),
  );

const partsOf = (found: Record<string, unknown>, beside: AddressBeside): AddressParts => {
  const pick = (partNames: readonly string[]) =>
    namesIn(found, partNames)
      .map((name) => found[name])
      .find((value) => !isMissing(value));
  const number = pick(addressNames.number);
  const [name, directionBefore, end, directionAfter] = nameParts.map((part) => pick([part]));
  const parts = [number, directionBefore, name, end, directionAfter];
  const apart = [number, name].every((part) => !isMissing(part) && !isDocument(part))
    ? parts.filter((part) => !isMissing(part) && !isDocument(part)).join(' ')
    : undefined;
  const line = pick(addressNames.line) ?? apart;
  // `{ number: 123, street: 'Main St' }`
  const street =
    typeof line === 'string' && !/^\s*\d/.test(line) && (typeof number === 'string' || typeof number === 'number')
      ? `${number} ${line}`
      : line;
  const whole: AddressParts = {
    street,
    unit: pick(addressNames.unit),
    city: pick(addressNames.city),
    state: pick(addressNames.state),
    zip: pick(addressNames.zip),
  };
  if (typeof street !== 'string') return whole;
  // Some people put the whole line, or the unit, into the street field.
  const parsed = partsOfLine(street, isMissing(whole.city) && isMissing(beside.city));
  const [town, given] = [parsed.city, whole.city ?? beside.city];
  const same = town === undefined || isMissing(given) || String(town).toLowerCase() === String(given).toLowerCase();
  if (!same) return whole;
  const told = Object.fromEntries(Object.entries(whole).filter(([, value]) => !isMissing(value)));
  return { ...parsed, ...told, street: parsed.street, unit: isMissing(whole.unit) ? parsed.unit : whole.unit };
};

const splitStreet = (street: string): Pick<Address, 'streetNumber' | 'streetName'> => {
  const match = /^(\d+[a-z]?(?:-\d+)?)\s+(.+)$/i.exec(street);
  return match === null ? { streetName: street } : { streetNumber: match[1]!, streetName: match[2]! };
};

const firstOf = (read: (found: unknown) => Reading<string>, ...found: readonly unknown[]): Reading<string> => {
  const readings = found.map(read);
  return (
    readings.find(({ value }) => value !== undefined) ??
    readings.find(({ warning }) => warning !== undefined) ??
    nothing
  );
};
