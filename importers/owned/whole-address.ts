import { oneLine } from '../../domain/listing/index.ts';
import { readAddress } from '../legacy/fields/places/address.ts';

type View = Readonly<Record<string, unknown>>;

/**
 * A listing whose address in one line (`125 Oak Ave`) leaves out what its other fields say, as a person may have entered it: with the
 * line that documents which say the same are read as (`125 Oak Ave #4, Boca Raton, FL 33432`). Only if the line contradicts none of
 * those fields.
 */
export const withWholeAddress = (view: View): View => {
  const { unparsedAddress: line, streetNumber, streetName, unitNumber, city, stateOrProvince, postalCode } = view;
  if (typeof line !== 'string' || typeof streetName !== 'string') return view;
  const said = readAddress(line, { city, state: stateOrProvince, zip: postalCode }).value;
  const agrees =
    same(said?.streetNumber, streetNumber) &&
    same(said?.streetName, streetName) &&
    same(said?.unitNumber ?? unitNumber, unitNumber) &&
    same(said?.city, city) &&
    same(said?.stateOrProvince, stateOrProvince) &&
    same(said?.postalCode, postalCode);
  if (!agrees) return view;
  const street = typeof streetNumber === 'string' ? `${streetNumber} ${streetName}` : streetName;
  return {
    ...view,
    unparsedAddress: oneLine(street, text(unitNumber), text(city), text(stateOrProvince), text(postalCode)),
  };
};

const same = (one: unknown, other: unknown): boolean => (one ?? null) === (other ?? null);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
