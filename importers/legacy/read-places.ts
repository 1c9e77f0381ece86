import type { ReadPlaces } from '../../domain/listing/index.ts';
import { readAddress } from './fields/places/address.ts';
import { readCoordinates } from './fields/places/coordinates.ts';

/** How a person's corrections of a listing's address and coordinates are understood: as the importer reads them. */
export const readPlaces: ReadPlaces = {
  address(line) {
    const { value, warning } = readAddress(line);
    if (value?.streetName === undefined || warning !== undefined) return undefined;
    const { unparsedAddress: _, ...parts } = value;
    return parts;
  },
  areNear: (lat, lng, postalCode) => {
    const { value, warning } = readCoordinates({ lat, lng }, postalCode);
    return value !== undefined && warning === undefined;
  },
};
