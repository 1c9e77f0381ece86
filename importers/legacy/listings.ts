import { type ListingFields, listingFieldsSchema } from '../../domain/listing/index.ts';
import { standardStatuses } from '../../domain/reso.ts';
import { mlsIdentities, readMlsNumber } from './fields/ids/mls-number.ts';
import type { Reference } from './fields/ids/reference.ts';
import { readLivingArea, readLotSize } from './fields/numbers/area.ts';
import { readAssociationFee, readFeeFrequency } from './fields/numbers/association-fee.ts';
import { readPrice } from './fields/numbers/price.ts';
import { readBathrooms, readBedrooms } from './fields/numbers/rooms.ts';
import { readYearBuilt } from './fields/numbers/year.ts';
import { addressNames, namesIn, readAddress } from './fields/places/address.ts';
import { readCoordinates } from './fields/places/coordinates.ts';
import { readDate } from './fields/times/date.ts';
import { readWords } from './fields/words/list.ts';
import { readPhotos } from './fields/words/photos.ts';
import { readPropertyClass, readPropertyType } from './fields/words/property-type.ts';
import { readStandardStatus } from './fields/words/status.ts';
import { readLine, readText } from './fields/words/text.ts';
import { readYesNo } from './fields/words/yes-no.ts';
import { given, type Looked } from './looked.ts';
import { draftOf, type Mapped, oneOf, otherWords, type SetAside, setAside } from './mapping.ts';
import { firstReadable, isDocument, isMissing, understood } from './reading.ts';

/** A listing, as read from a document of the old CRM. Its agent is still the old CRM's reference. */
export type ListingPayload = { readonly fields: Partial<ListingFields>; readonly agent?: Reference };

/** What a mapping can say about a listing, by the name in openhouse; `listingKey`: what other documents may refer to. */
export const listingSlots = [
  'listingId',
  'listingKey',
  'standardStatus',
  'mlsStatus',
  'deleted',
  'listPrice',
  'originalListPrice',
  'closePrice',
  'closeDate',
  'onMarketDate',
  'associationFee',
  'associationFeeFrequency',
  'bedroomsTotal',
  'bathroomsTotalInteger',
  'bathroomsFull',
  'bathroomsHalf',
  'livingArea',
  'lotSizeSquareFeet',
  'lotSizeUnits',
  'yearBuilt',
  'propertyType',
  'propertySubType',
  'unparsedAddress',
  'streetNumber',
  'streetDirPrefix',
  'streetName',
  'streetSuffix',
  'streetDirSuffix',
  'unitNumber',
  'city',
  'stateOrProvince',
  'postalCode',
  'coordinates',
  'latitude',
  'longitude',
  'media',
  'photosCount',
  'features',
  'publicRemarks',
  'listAgentKey',
  'listOfficeName',
  'internetEntireListingDisplayYN',
  'internetAddressDisplayYN',
] as const;
export type ListingLook = Looked<(typeof listingSlots)[number]>;

const partialFields = listingFieldsSchema.partial();

/**
 * Maps a listing; sets it aside if it has neither an MLS number nor an address, or no readable status. A deleted listing
 * needs no other status.
 */
export const mapListing = (look: ListingLook): Mapped<ListingPayload> | SetAside => {
  const draft = draftOf<ListingFields>(listingFieldsSchema, partialFields);
  draft.put('listingId', firstReadable(...look.all('listingId').map(readMlsNumber)), look.first('listingId'));

  const deleted = look.all('deleted').some((found) => readYesNo(found).value === true);
  const statusFound = look.first('standardStatus');
  const status = deleted ? understood('Delete' as const) : readStandardStatus(statusFound);
  draft.put('standardStatus', status, statusFound);
  const ownStatus = look.first('mlsStatus');
  if (typeof ownStatus === 'string') draft.put('mlsStatus', readLine(ownStatus), ownStatus);

  putPrices(draft, look);
  putBuilding(draft, look);
  const postalCode = putAddress(draft, look);
  putPlace(draft, look, postalCode);
  putWords(draft, look);
  putDisplay(draft, look);
  const agent = look.reference('listAgentKey');
  if (agent.warning !== undefined) draft.warn('listAgentKey', agent.warning, look.first('listAgentKey'));

  const fields = draft.finish();
  const identities = fields.listingId === undefined ? [] : mlsIdentities(fields.listingId);
  if (fields.listingId === undefined && fields.unparsedAddress === undefined) {
    return setAside(
      'identity-missing',
      look.path('listingId'),
      'A listing needs an MLS number or an address, and this document has neither.',
    );
  }
  if (fields.standardStatus === undefined) {
    const path = look.path('standardStatus');
    return isMissing(statusFound)
      ? setAside('status-missing', path, 'A listing needs a status, and this document has none.')
      : setAside('status-unreadable', path, unknownStatus);
  }
  return {
    payload: { fields, ...(agent.value === undefined ? {} : { agent: agent.value }) },
    identities,
    ...(agent.value === undefined ? {} : { agentRef: agent.value }),
  };
};

const unknownStatus = `openhouse does not know this status. It can be ${oneOf(standardStatuses)}. ${otherWords}`;

type ListingDraft = ReturnType<typeof draftOf<ListingFields>>;

const putPrices = (draft: ListingDraft, look: ListingLook) => {
  for (const name of ['listPrice', 'originalListPrice', 'closePrice'] as const)
    draft.put(name, readPrice(look.first(name)), look.first(name));
  for (const name of ['closeDate', 'onMarketDate'] as const)
    draft.put(name, readDate(look.first(name)), look.first(name));
  const fee = look.first('associationFee');
  draft.put('associationFee', readAssociationFee(fee), fee);
  const frequency = look.first('associationFeeFrequency');
  draft.put('associationFeeFrequency', readFeeFrequency(frequency, fee), frequency ?? fee);
};

const putBuilding = (draft: ListingDraft, look: ListingLook) => {
  const beds = look.first('bedroomsTotal');
  draft.put('bedroomsTotal', readBedrooms(beds), beds);
  const baths = bathsIn(look);
  const { value, warning } = readBathrooms(baths);
  const rooms = value && {
    bathroomsTotalInteger: value.full + value.half,
    bathroomsFull: value.full,
    bathroomsHalf: value.half,
  };
  draft.putAll('bathroomsTotalInteger', { ...(rooms && { value: rooms }), ...(warning && { warning }) }, baths);
  const size = look.first('livingArea');
  draft.put('livingArea', readLivingArea(size), size);
  const lot = look.first('lotSizeSquareFeet');
  draft.put('lotSizeSquareFeet', readLotSize(lot, look.first('lotSizeUnits')), lot);
  draft.put('yearBuilt', readYearBuilt(look.first('yearBuilt')), look.first('yearBuilt'));
  putKind(draft, look);
};

/** Separate fields for full and half baths say more than the total does. */
const bathsIn = (look: ListingLook): unknown => {
  const [full, half] = [look.first('bathroomsFull'), look.first('bathroomsHalf')];
  return isMissing(full) && isMissing(half) ? look.first('bathroomsTotalInteger') : { full, half };
};

/** If both are given, the type comes from its own field, because a condominium may be for rent. */
const putKind = (draft: ListingDraft, look: ListingLook) => {
  const [type, subType] = [look.first('propertyType'), look.first('propertySubType')];
  const [whole, part] = [readPropertyClass(type), isMissing(subType) ? {} : readPropertyType(subType)];
  const value = { ...whole.value, ...part.value, ...(whole.value && { propertyType: whole.value.propertyType }) };
  const warning = whole.warning ?? (isMissing(type) ? part.warning : undefined);
  draft.putAll('propertyType', { ...(warning && { warning }), value }, isMissing(type) ? subType : type);
  if (part.warning !== undefined && warning === undefined) draft.warn('propertySubType', part.warning, subType);
};

const addressParts = {
  streetNumber: 'streetNumber',
  streetDirPrefix: 'streetDirPrefix',
  streetName: 'streetName',
  streetSuffix: 'streetSuffix',
  streetDirSuffix: 'streetDirSuffix',
  unitNumber: 'unit',
} as const;

const putAddress = (draft: ListingDraft, look: ListingLook): string | undefined => {
  const beside = { city: look.first('city'), state: look.first('stateOrProvince'), zip: look.first('postalCode') };
  const found = addressIn(look, beside);
  const address = readAddress(found, beside);
  draft.putAll('unparsedAddress', address, isMissing(found) ? beside : found);
  return address.value?.postalCode;
};

/** The address, with the parts that have fields of their own. */
const addressIn = (look: ListingLook, beside: object): unknown => {
  const line = look.first('unparsedAddress');
  const parts = Object.entries(addressParts).flatMap(([slot, name]) => {
    const part = look.first(slot as keyof typeof addressParts);
    return isMissing(part) ? [] : [[name, part] as const];
  });
  if (parts.length === 0) return line;
  if (isDocument(line)) return withParts(line, Object.fromEntries(parts));
  return { ...(isMissing(line) ? {} : { street: line }), ...Object.fromEntries(parts), ...beside };
};

/** What the mapping names counts before what a sub-document has under a name of its own. */
const withParts = (line: Record<string, unknown>, parts: Record<string, unknown>): Record<string, unknown> => {
  const { unit, streetNumber } = parts;
  const named = [
    ...(unit === undefined ? [] : addressNames.unit),
    ...(streetNumber === undefined ? [] : addressNames.number),
  ];
  const left = Object.keys(line).filter((name) => !namesIn(line, named).includes(name));
  return { ...Object.fromEntries(left.map((name) => [name, line[name]])), ...parts };
};

const putPlace = (draft: ListingDraft, look: ListingLook, postalCode: string | undefined) => {
  const apart = { lat: look.first('latitude'), lng: look.first('longitude') };
  const whole = look.first('coordinates');
  const place = isMissing(whole) && !(isMissing(apart.lat) && isMissing(apart.lng)) ? apart : whole;
  draft.putAll('latitude', readCoordinates(place, postalCode), place);
};

const putWords = (draft: ListingDraft, look: ListingLook) => {
  const photos = isMissing(look.first('media')) ? look.first('photosCount') : look.first('media');
  draft.putAll('photosCount', readPhotos(photos), photos);
  draft.put('features', readWords(given(look, 'features')), look.first('features'));
  draft.put('publicRemarks', readText(look.first('publicRemarks')), look.first('publicRemarks'));
  draft.put('listOfficeName', readLine(look.first('listOfficeName')), look.first('listOfficeName'));
};

/** Whether the public may see it; not if the value is not understood. */
const putDisplay = (draft: ListingDraft, look: ListingLook) => {
  for (const name of ['internetEntireListingDisplayYN', 'internetAddressDisplayYN'] as const) {
    const found = look.first(name);
    const reading = readYesNo(found);
    draft.put(name, reading.warning === undefined ? reading : { ...reading, value: false }, found);
  }
};
