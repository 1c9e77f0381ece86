import { spelling } from '../legacy/reading.ts';
import { loadMapping, shippedMappings } from '../mappings/load-mapping.ts';
import { type RecordTypeName, recordType, recordTypeNames } from '../mappings/record-types.ts';

/** What each field of each record type is called in the mappings that come with openhouse, in order of preference. */
export type KnownNames = Readonly<Record<RecordTypeName, ReadonlyMap<string, readonly string[]>>>;

/** Those names, and a few more. */
export const knownNames = async (): Promise<KnownNames> => {
  const mappings = await Promise.all((await shippedMappings()).map((name) => loadMapping(name)));
  return Object.fromEntries(
    recordTypeNames.map((type) => {
      const names = new Map<string, Set<string>>();
      for (const slot of recordType(type).slots) {
        names.set(slot, new Set([spelling(slot), ...(others[slot] ?? []).map(spelling)]));
      }
      for (const mapping of mappings) {
        for (const [path, slots] of mapping.types[type]?.paths ?? [])
          for (const slot of slots) names.get(slot)?.add(spelling(path));
      }
      return [type, new Map([...names].map(([slot, all]) => [slot, [...all]]))];
    }),
  ) as unknown as KnownNames;
};

/** Further names, which none of those mappings has. */
const others: Readonly<Record<string, readonly string[]>> = {
  listingId: ['mlsNo', 'mlsNum', 'mls', 'listingNumber', 'mlsListingId'],
  standardStatus: ['listingStatus', 'state of sale'],
  listPrice: ['askingPrice', 'currentPrice', 'priceUsd', 'amount', 'asking'],
  originalListPrice: ['origPrice', 'initialPrice', 'startPrice'],
  closePrice: ['salePrice', 'finalPrice', 'soldFor'],
  closeDate: ['saleDate', 'closedDate', 'closedAt', 'closingDate'],
  bedroomsTotal: ['bed', 'br', 'numBeds', 'numBedrooms', 'bedroomCount'],
  bathroomsTotalInteger: ['bath', 'ba', 'numBaths', 'bathroomCount', 'bathsTotal'],
  bathroomsFull: ['fullBaths', 'bathsFull'],
  bathroomsHalf: ['halfBaths', 'bathsHalf'],
  livingArea: ['squareFeet', 'squareFootage', 'sqFeet', 'interiorSize', 'heatedArea', 'size'],
  lotSizeSquareFeet: ['lot', 'lotArea', 'land', 'lotSqft', 'acres'],
  lotSizeUnits: ['lotSizeAreaUnits', 'lotUnits', 'lotSizeUnit', 'lotAreaUnits'],
  yearBuilt: ['built', 'builtIn', 'constructionYear'],
  propertyType: ['homeType', 'kind', 'category', 'propType'],
  unparsedAddress: ['fullAddress', 'addressLine', 'street', 'streetAddress', 'address1', 'addr'],
  city: ['town', 'municipality'],
  stateOrProvince: ['province', 'region'],
  postalCode: ['zipCode', 'postcode', 'postal'],
  coordinates: ['geo', 'geometry', 'point', 'position', 'gps', 'latLng'],
  latitude: ['lat'],
  longitude: ['lng', 'lon', 'long'],
  media: ['images', 'pictures', 'gallery', 'imageUrls'],
  publicRemarks: ['remarks', 'comments', 'marketingText', 'text'],
  listAgentKey: ['agent', 'agentRef', 'broker', 'realtor', 'listedBy', 'owner'],
  email: ['mail', 'emailAddress', 'emails', 'primaryEmail', 'correo'],
  memberEmail: ['mail', 'emailAddress', 'emails', 'primaryEmail'],
  mobilePhone: ['mobile', 'cell', 'cellPhone', 'phoneNumber', 'tel', 'telephone', 'phones', 'phone1'],
  memberMobilePhone: ['mobile', 'cell', 'cellPhone', 'phoneNumber', 'tel', 'telephone', 'phones'],
  fullName: ['fullname', 'displayName', 'contactName', 'clientName', 'leadName'],
  memberFullName: ['fullname', 'displayName', 'agentName'],
  firstName: ['first', 'fname', 'givenName', 'forename'],
  lastName: ['last', 'lname', 'surname', 'familyName'],
  leadStage: ['pipelineStage', 'leadStatus', 'disposition'],
  leadSource: ['origin', 'channel', 'referrer', 'utmSource'],
  ownerMemberKey: ['owner', 'agentId', 'assignedAgent', 'ownerId', 'assignee', 'agentEmail'],
  contactKey: ['leadId', 'lead', 'clientId', 'client', 'customerId', 'personId', 'contact_id', 'leadEmail'],
  memberKey: ['agent', 'userId', 'staffId', 'member', 'by', 'author', 'agent_id'],
  criteria: ['search', 'filters', 'filter', 'searchCriteria', 'params'],
  scheduleType: ['alertFrequency', 'cadence', 'interval', 'freq'],
  activeYN: ['enabled', 'isActive', 'on'],
  createdAt: ['created', 'createdOn', 'created_at', 'dateCreated', 'insertedAt', 'ctime', 'addedOn'],
  updatedAt: ['updated', 'updatedOn', 'updated_at', 'modified', 'modifiedAt', 'lastModified', 'dateUpdated', 'mtime'],
  savedSearchKey: ['search', 'savedSearch', 'savedSearchId', 'alertId'],
  listingKey: ['listing', 'property', 'home', 'listingRef', 'homeId'],
  sentAt: ['sent', 'sentOn', 'date', 'deliveredAt', 'at'],
  at: ['date', 'time', 'timestamp', 'when', 'occurredAt', 'createdAt'],
  activityType: ['kind', 'eventType', 'action'],
  body: ['text', 'note', 'notes', 'content', 'message', 'description', 'summary'],
};
