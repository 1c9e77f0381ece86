import type { Document } from 'bson';
import { objectIdOf } from '../documents/identity.ts';
import { descriptionOf, featuresOf } from '../documents/listing-words.ts';
import { agentFacts } from '../facts/agent-facts.ts';
import { contactFacts } from '../facts/contact-facts.ts';
import { activitiesOf } from '../facts/history-facts.ts';
import { listingFacts, type PropertyKind } from '../facts/listing-facts.ts';
import { searchNow } from '../facts/search-facts.ts';
import { languageNames } from '../people.ts';
import { random } from '../random.ts';
import type { World } from '../world.ts';
import { areaCode, everySearch, numbered, photosOf, written } from './shared.ts';

/** The made-up brokerage as documents with RESO names, as replication from an MLS leaves them: by collection. */
export const resoDocuments = (world: World): Readonly<Record<string, readonly Document[]>> => ({
  Member: numbered(world.agents, (index) => member(world, index)),
  Property: numbered(world.listings, (index) => property(world, index)),
  Contacts: numbered(world.contacts, (index) => contact(world, index)),
  SavedSearch: everySearch(world, savedSearch),
  ContactActivity: numbered(world.contacts, (index) =>
    activitiesOf(world, index, { facts: contactFacts(world, index) }).map(({ n, type, body, agent, at }) => ({
      _id: objectIdOf(world, 'reso activity', index * 100 + n, at),
      ContactKey: contactKey(index),
      ...(agent === undefined ? {} : { MemberKey: memberKey(agent) }),
      ActivityType: type,
      ...(body === undefined ? {} : { Notes: body }),
      ActivityTimestamp: new Date(at),
    })),
  ).flat(),
  ListingSent: everySearch(world, (_, contact, n) => ({
    _id: objectIdOf(world, 'reso sent', contact * 4 + n, searchNow(world, contact, n).facts.createdAt),
    SavedSearchKey: searchKey(contact, n),
    ListingKey: listingKey(random(world.seed, 'sent', contact, n).int(0, world.listings - 1)),
    ListingSentTimestamp: new Date(searchNow(world, contact, n).facts.createdAt + 86_400_000),
  })),
});

const memberKey = (index: number) => `M${3000 + index}`;
const listingKey = (index: number) => `2024${String(100_000 + index)}`;
const contactKey = (index: number) => `C${50_000 + index}`;
const searchKey = (contact: number, n: number) => `S${contact}-${n}`;

const stamps = ({ createdAt, updatedAt }: { createdAt: number; updatedAt: number }) => ({
  OriginalEntryTimestamp: new Date(createdAt),
  ModificationTimestamp: new Date(updatedAt),
});

const member = (world: World, index: number): Document => {
  const facts = agentFacts(world, index);
  return {
    _id: objectIdOf(world, 'reso member', index, facts.createdAt),
    MemberKey: memberKey(index),
    MemberMlsId: `rx.${7000 + index}`,
    MemberFirstName: facts.person.first,
    MemberLastName: facts.person.last,
    MemberFullName: `${facts.person.first} ${facts.person.last}`,
    MemberEmail: facts.email,
    MemberMobilePhone: areaCode(facts.phone),
    MemberStatus: facts.active ? 'Active' : 'Inactive',
    MemberType: 'Agent',
    ...(facts.licenseNo === undefined ? {} : { MemberStateLicense: facts.licenseNo, MemberStateLicenseState: 'FL' }),
    MemberLanguages: facts.languages.map((language) => languageNames[language]),
    OfficeKey: 'O77',
    ...stamps(facts),
  };
};

const kinds: Record<PropertyKind, readonly [type: string, subType: string]> = {
  'Single Family': ['Residential', 'Single Family Residence'],
  Condo: ['Residential', 'Condominium'],
  Townhouse: ['Residential', 'Townhouse'],
  Multi: ['Residential Income', 'Multi Family'],
  Land: ['Land', 'Unimproved Land'],
  Mobile: ['Residential', 'Manufactured Home'],
};
const statuses = { Sold: 'Closed', 'Back on Market': 'Active' } as Readonly<Record<string, string>>;

const property = (world: World, index: number): Document => {
  const facts = listingFacts(world, index);
  const { place } = facts;
  const [number = '', ...street] = place.street.split(' ');
  const r = random(world.seed, 'reso', index);
  const [type, subType] = kinds[facts.kind];
  return {
    _id: objectIdOf(world, 'reso property', index, facts.createdAt),
    ListingKey: listingKey(index),
    ListingId: `RX-${facts.mlsNumber}`,
    StandardStatus: statuses[facts.status] ?? facts.status,
    MlsStatus: facts.status,
    ListPrice: written(r, facts.price, [String(facts.price), `${facts.price}.00`]),
    OriginalListPrice: facts.originalPrice,
    ...(facts.soldPrice === undefined ? {} : { ClosePrice: facts.soldPrice }),
    ...(facts.soldDate === undefined ? {} : { CloseDate: new Date(facts.soldDate).toISOString().slice(0, 10) }),
    OnMarketDate: new Date(facts.createdAt).toISOString().slice(0, 10),
    PropertyType: type,
    PropertySubType: subType,
    ...(facts.beds === undefined ? {} : { BedroomsTotal: facts.beds }),
    ...(facts.baths === undefined
      ? {}
      : {
          BathroomsFull: facts.baths.full,
          BathroomsHalf: facts.baths.half,
          BathroomsTotalInteger: facts.baths.full + facts.baths.half,
        }),
    ...(facts.squareFeet === undefined ? {} : { LivingArea: facts.squareFeet, LivingAreaUnits: 'Square Feet' }),
    ...(facts.lotAcres === undefined ? {} : { LotSizeAcres: facts.lotAcres }),
    ...(facts.yearBuilt === undefined ? {} : { YearBuilt: facts.yearBuilt }),
    ...(facts.monthlyFee === undefined ? {} : { AssociationFee: facts.monthlyFee, AssociationFeeFrequency: 'Monthly' }),
    StreetNumber: number,
    StreetName: street.join(' '),
    ...(place.unit === undefined ? {} : { UnitNumber: place.unit }),
    City: place.city,
    StateOrProvince: place.state,
    PostalCode: place.zip,
    Latitude: place.latitude,
    Longitude: place.longitude,
    Media: photosOf(facts.photos).map((url, order) => ({ MediaURL: url, Order: order, MediaCategory: 'Photo' })),
    PhotosCount: facts.photos,
    ExteriorFeatures: featuresOf(facts),
    PublicRemarks: descriptionOf(facts),
    ListAgentKey: memberKey(facts.agent),
    ListAgentMlsId: `RX.${7000 + facts.agent}`,
    ListOfficeName: 'Palmetto & Vine Realty',
    InternetEntireListingDisplayYN: true,
    InternetAddressDisplayYN: r.chance(0.95),
    OriginatingSystemName: 'made-up MLS',
    ...(facts.deleted ? { StandardStatus: 'Delete' } : {}),
    ...stamps(facts),
  };
};

const contact = (world: World, index: number): Document => {
  const facts = contactFacts(world, index);
  const { wants } = facts;
  return {
    _id: objectIdOf(world, 'reso contact', index, facts.createdAt),
    ContactKey: contactKey(index),
    FirstName: facts.person.first,
    LastName: facts.person.last,
    Email: facts.email,
    MobilePhone: areaCode(facts.phone),
    ContactStatus: 'Active',
    LeadStage: facts.stage,
    ...(facts.source === undefined ? {} : { LeadSource: facts.source }),
    ...(facts.agent === undefined ? {} : { OwnerMemberKey: memberKey(facts.agent) }),
    ...(wants.budget === undefined ? {} : { ListPriceMin: wants.budget.min, ListPriceMax: wants.budget.max }),
    PreferredCities: wants.areas,
    ...(wants.bedsMin === undefined ? {} : { BedroomsMin: wants.bedsMin }),
    ...(facts.language === undefined ? {} : { Language: languageNames[facts.language] }),
    ...(facts.optedOut ? { EmailOptOutYN: true } : {}),
    Notes: facts.notes.map(({ text, at }) => ({ text, at: new Date(at) })),
    ...stamps(facts),
  };
};

const savedSearch = (world: World, contact: number, n: number): Document => {
  const { facts } = searchNow(world, contact, n);
  const { criteria } = facts;
  return {
    _id: objectIdOf(world, 'reso search', contact * 4 + n, facts.createdAt),
    SavedSearchKey: searchKey(contact, n),
    SavedSearchName: `Search ${n + 1}`,
    ContactKey: contactKey(contact),
    SearchQuery: {
      ...(criteria.cities.length === 0 ? {} : { City: criteria.cities }),
      ...(criteria.zips.length === 0 ? {} : { PostalCode: criteria.zips }),
      ...(criteria.maxPrice === undefined && criteria.minPrice === undefined
        ? {}
        : {
            ListPrice: {
              ...(criteria.minPrice === undefined ? {} : { $gte: criteria.minPrice }),
              ...(criteria.maxPrice === undefined ? {} : { $lte: criteria.maxPrice }),
            },
          }),
      ...(criteria.minBeds === undefined ? {} : { BedroomsTotal: { $gte: criteria.minBeds } }),
      ...(criteria.types.length === 0 ? {} : { PropertySubType: criteria.types.map((kind) => kinds[kind][1]) }),
    },
    ...(facts.frequency === undefined
      ? {}
      : { ScheduleType: facts.frequency === 'instant' ? 'ASAP' : facts.frequency }),
    ActiveYN: facts.active,
    ...(facts.lastSentAt === undefined ? {} : { LastSentTimestamp: new Date(facts.lastSentAt) }),
    ...stamps(facts),
  };
};
