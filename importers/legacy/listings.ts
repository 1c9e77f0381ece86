import { type ListingFields, listingFieldsSchema } from '../../domain/listing/index.ts';
import { mlsIdentities, readMlsNumber } from './fields/ids/mls-number.ts';
import { type Reference, readReference } from './fields/ids/reference.ts';
import { readLivingArea, readLotSize } from './fields/numbers/area.ts';
import { readAssociationFee, readFeeFrequency } from './fields/numbers/association-fee.ts';
import { readPrice } from './fields/numbers/price.ts';
import { readBathrooms, readBedrooms } from './fields/numbers/rooms.ts';
import { readYearBuilt } from './fields/numbers/year.ts';
import { readAddress } from './fields/places/address.ts';
import { readCoordinates } from './fields/places/coordinates.ts';
import { readDate } from './fields/times/date.ts';
import { readWords } from './fields/words/list.ts';
import { readPhotos } from './fields/words/photos.ts';
import { readPropertyType } from './fields/words/property-type.ts';
import { readStandardStatus } from './fields/words/status.ts';
import { readLine, readText } from './fields/words/text.ts';
import { readYesNo } from './fields/words/yes-no.ts';
import { type DocumentWith, draftOf, firstOf, type Mapped, readsOnly, type SetAside, setAside } from './mapping.ts';
import { firstReadable, isMissing, understood } from './reading.ts';

/** A listing, as read from a document of `properties`. Its agent is still the old CRM's reference. */
export type ListingPayload = { readonly fields: Partial<ListingFields>; readonly agent?: Reference };

/** The fields that this mapping reads. */
const listingNames = [
  'MLSNumber',
  'address',
  'agentId',
  'associationFee',
  'associationFeeFrequency',
  'bathrooms',
  'baths',
  'bedrooms',
  'beds',
  'city',
  'deleted',
  'description',
  'features',
  'feeFrequency',
  'hoa',
  'hoaFee',
  'hoaFees',
  'hoaFrequency',
  'isDeleted',
  'listPrice',
  'listingAgent',
  'livingArea',
  'loc',
  'location',
  'lotSize',
  'lotUnit',
  'mlsId',
  'mls_id',
  'originalPrice',
  'photos',
  'price',
  'propertyType',
  'soldDate',
  'soldPrice',
  'sqft',
  'state',
  'status',
  'type',
  'yearBuilt',
  'zip',
] as const;
type ListingDocument = DocumentWith<(typeof listingNames)[number]>;
export const listingReads = readsOnly(listingNames);

const partialFields = listingFieldsSchema.partial();

/**
 * Maps a document of `properties`; sets it aside if it has neither an MLS number nor an address, or no readable status.
 * A deleted listing needs no other status.
 */
export const mapListing = (document: ListingDocument): Mapped<ListingPayload> | SetAside => {
  const draft = draftOf<ListingFields>(listingFieldsSchema, partialFields);
  const mlsFound = [document.mlsId, document.mls_id, document.MLSNumber];
  const mls = firstReadable(...mlsFound.map(readMlsNumber));
  draft.put(
    'listingId',
    mls,
    mlsFound.find((found) => !isMissing(found)),
  );

  const deleted = isDeleted(document);
  const status = deleted ? understood('Delete' as const) : readStandardStatus(document.status);
  draft.put('standardStatus', status, document.status);
  if (typeof document.status === 'string') draft.put('mlsStatus', readLine(document.status), document.status);

  putPrices(draft, document);
  putBuilding(draft, document);
  const postalCode = putAddress(draft, document);
  const place = firstOf(document, 'loc', 'location');
  draft.putAll('latitude', readCoordinates(place, postalCode), place);
  putWords(draft, document);
  const agentFound = firstOf(document, 'agentId', 'listingAgent');
  const agent = readReference(agentFound);
  if (agent.warning !== undefined) draft.warn('listAgentKey', agent.warning, agentFound);

  const fields = draft.finish();
  const identities = fields.listingId === undefined ? [] : mlsIdentities(fields.listingId);
  if (fields.listingId === undefined && fields.unparsedAddress === undefined) {
    return setAside(
      'identity-missing',
      'mlsId',
      'A listing needs an MLS number or an address, and this document has neither.',
    );
  }
  if (fields.standardStatus === undefined) {
    return isMissing(document.status)
      ? setAside('status-missing', 'status', 'A listing needs a status, and this document has none.')
      : setAside('status-unreadable', 'status', 'The status is not a known one.');
  }
  return {
    payload: { fields, ...(agent.value === undefined ? {} : { agent: agent.value }) },
    identities,
    ...(agent.value === undefined ? {} : { agentRef: agent.value }),
  };
};

const isDeleted = (document: ListingDocument): boolean =>
  [document.deleted, document.isDeleted].some((found) => readYesNo(found).value === true);

type ListingDraft = ReturnType<typeof draftOf<ListingFields>>;

const putPrices = (draft: ListingDraft, document: ListingDocument) => {
  const price = firstOf(document, 'price', 'listPrice');
  draft.put('listPrice', readPrice(price), price);
  draft.put('originalListPrice', readPrice(document.originalPrice), document.originalPrice);
  draft.put('closePrice', readPrice(document.soldPrice), document.soldPrice);
  draft.put('closeDate', readDate(document.soldDate), document.soldDate);
  const fee = firstOf(document, 'associationFee', 'hoaFee', 'hoaFees', 'hoa');
  draft.put('associationFee', readAssociationFee(fee), fee);
  const frequency = firstOf(document, 'associationFeeFrequency', 'hoaFrequency', 'feeFrequency');
  draft.put('associationFeeFrequency', readFeeFrequency(frequency, fee), frequency ?? fee);
};

const putBuilding = (draft: ListingDraft, document: ListingDocument) => {
  const beds = firstOf(document, 'beds', 'bedrooms');
  draft.put('bedroomsTotal', readBedrooms(beds), beds);
  const baths = firstOf(document, 'baths', 'bathrooms');
  const { value, warning } = readBathrooms(baths);
  const rooms = value && {
    bathroomsTotalInteger: value.full + value.half,
    bathroomsFull: value.full,
    bathroomsHalf: value.half,
  };
  draft.putAll('bathroomsTotalInteger', { ...(rooms && { value: rooms }), ...(warning && { warning }) }, baths);
  const size = firstOf(document, 'sqft', 'livingArea');
  draft.put('livingArea', readLivingArea(size), size);
  draft.put('lotSizeSquareFeet', readLotSize(document.lotSize, document.lotUnit), document.lotSize);
  draft.put('yearBuilt', readYearBuilt(document.yearBuilt), document.yearBuilt);
  const type = firstOf(document, 'propertyType', 'type');
  draft.putAll('propertyType', readPropertyType(type), type);
};

const putAddress = (draft: ListingDraft, document: ListingDocument): string | undefined => {
  const { city, state, zip } = document;
  const address = readAddress(document.address, { city, state, zip });
  draft.putAll('unparsedAddress', address, isMissing(document.address) ? { city, state, zip } : document.address);
  return address.value?.postalCode;
};

const putWords = (draft: ListingDraft, document: ListingDocument) => {
  draft.putAll('photosCount', readPhotos(document.photos), document.photos);
  draft.put('features', readWords(document.features), document.features);
  draft.put('publicRemarks', readText(document.description), document.description);
};
