import type { Document } from 'bson';
import { objectIdOf } from '../documents/identity.ts';
import { descriptionOf, featuresOf } from '../documents/listing-words.ts';
import { agentFacts } from '../facts/agent-facts.ts';
import { contactFacts } from '../facts/contact-facts.ts';
import { activitiesOf } from '../facts/history-facts.ts';
import { listingFacts, type PropertyKind } from '../facts/listing-facts.ts';
import { searchNow } from '../facts/search-facts.ts';
import { random } from '../random.ts';
import type { World } from '../world.ts';
import { areaCode, everySearch, numbered, photosOf, written } from './shared.ts';

/** The made-up brokerage as documents with sub-documents, as SimplyRETS delivers them: by collection. */
export const simplyretsDocuments = (world: World): Readonly<Record<string, readonly Document[]>> => ({
  agents: numbered(world.agents, (index) => agent(world, index)),
  properties: numbered(world.listings, (index) => property(world, index)),
  leads: numbered(world.contacts, (index) => lead(world, index)),
  searches: everySearch(world, search),
  events: numbered(world.contacts, (index) =>
    activitiesOf(world, index, { facts: contactFacts(world, index) }).map(({ n, type, body, agent: by, at }) => ({
      _id: objectIdOf(world, 'simplyrets event', index * 100 + n, at),
      lead: { id: leadId(world, index) },
      ...(by === undefined ? {} : { agent: { id: String(agentId(by)) } }),
      type,
      ...(body === undefined ? {} : { text: body }),
      at: new Date(at).toISOString(),
    })),
  ).flat(),
  sent: everySearch(world, (_, contact, n) => ({
    _id: objectIdOf(world, 'simplyrets sent', contact * 4 + n, searchNow(world, contact, n).facts.createdAt),
    search: { id: searchId(world, contact, n) },
    listing: { mlsId: mlsId(random(world.seed, 'sent', contact, n).int(0, world.listings - 1)) },
    sentAt: new Date(searchNow(world, contact, n).facts.createdAt + 86_400_000).toISOString(),
  })),
});

const agentId = (index: number) => 11_000 + index;
const mlsId = (index: number) => 1_005_000 + index;
const leadId = (world: World, index: number) =>
  objectIdOf(world, 'simplyrets lead', index, contactFacts(world, index).createdAt);
const searchId = (world: World, contact: number, n: number) =>
  objectIdOf(world, 'simplyrets search', contact * 4 + n, searchNow(world, contact, n).facts.createdAt);

const stamps = ({ createdAt, updatedAt }: { createdAt: number; updatedAt: number }) => ({
  created: new Date(createdAt).toISOString(),
  modified: new Date(updatedAt).toISOString(),
});

const agent = (world: World, index: number): Document => {
  const facts = agentFacts(world, index);
  return {
    _id: objectIdOf(world, 'simplyrets agent', index, facts.createdAt),
    id: agentId(index),
    firstName: facts.person.first,
    lastName: facts.person.last,
    contact: { email: facts.email, cell: areaCode(facts.phone), office: '(561) 555-0100' },
    active: facts.active,
    roles: facts.roles,
    areas: facts.areas,
    languages: facts.languages,
    ...stamps(facts),
  };
};

const kinds: Record<PropertyKind, readonly [type: string, subType: string]> = {
  'Single Family': ['RES', 'SingleFamilyResidence'],
  Condo: ['CND', 'Condominium'],
  Townhouse: ['RES', 'Townhouse'],
  Multi: ['MLF', 'MultiFamily'],
  Land: ['LND', 'UnimprovedLand'],
  Mobile: ['RES', 'ManufacturedHome'],
};
const statuses = { Sold: 'Closed', 'Back on Market': 'Active', 'Coming Soon': 'ComingSoon' } as Readonly<
  Record<string, string>
>;

const property = (world: World, index: number): Document => {
  const facts = listingFacts(world, index);
  const { place } = facts;
  const [number = '', ...street] = place.street.split(' ');
  const r = random(world.seed, 'simplyrets', index);
  const [type, subType] = kinds[facts.kind];
  return {
    _id: objectIdOf(world, 'simplyrets property', index, facts.createdAt),
    mlsId: mlsId(index),
    listingId: written(r, String(facts.mlsNumber), [`RX-${facts.mlsNumber}`]),
    listPrice: facts.price,
    originalListPrice: facts.originalPrice,
    listDate: new Date(facts.createdAt).toISOString(),
    mls: {
      status: facts.deleted ? 'Delete' : (statuses[facts.status] ?? facts.status),
      area: place.city,
      daysOnMarket: 12,
    },
    ...(facts.soldPrice === undefined
      ? {}
      : {
          sales: {
            closePrice: facts.soldPrice,
            closeDate: facts.soldDate === undefined ? null : new Date(facts.soldDate).toISOString(),
            agent: null,
            contractDate: null,
          },
        }),
    property: {
      type,
      subType,
      bedrooms: facts.beds ?? null,
      bathsFull: facts.baths?.full ?? null,
      bathsHalf: facts.baths?.half ?? null,
      area: facts.squareFeet ?? null,
      ...(facts.lotAcres === undefined ? {} : { lotSizeArea: facts.lotAcres, lotSizeAreaUnits: 'Acres' }),
      yearBuilt: facts.yearBuilt ?? null,
      exteriorFeatures: featuresOf(facts).join(','),
      garageSpaces: r.int(0, 3),
    },
    association: { fee: facts.monthlyFee ?? null, frequency: facts.monthlyFee === undefined ? null : 'Monthly' },
    address: {
      full: `${place.street}${place.unit === undefined ? '' : ` #${place.unit}`}`,
      streetNumber: Number(number) || number,
      streetName: street.join(' '),
      unit: place.unit ?? null,
      city: place.city,
      state: r.chance(0.5) ? place.state : 'Florida',
      postalCode: place.zip,
      country: 'United States',
    },
    geo: { lat: place.latitude, lng: place.longitude, county: 'Palm Beach' },
    photos: photosOf(facts.photos),
    remarks: descriptionOf(facts),
    agent: { id: String(agentId(facts.agent)), firstName: agentFacts(world, facts.agent).person.first },
    office: { name: 'Palmetto & Vine Realty' },
    ...stamps(facts),
  };
};

const lead = (world: World, index: number): Document => {
  const facts = contactFacts(world, index);
  const { wants } = facts;
  return {
    _id: leadId(world, index),
    name: { first: facts.person.first, last: facts.person.last },
    contact: { email: facts.email, cell: areaCode(facts.phone) },
    pipeline: { stage: facts.stage },
    ...(facts.source === undefined ? {} : { source: { name: facts.source } }),
    ...(facts.agent === undefined ? {} : { agent: { id: String(agentId(facts.agent)) } }),
    preferences: {
      ...(wants.budget === undefined ? {} : { minPrice: wants.budget.min, maxPrice: wants.budget.max }),
      cities: wants.areas,
      ...(wants.bedsMin === undefined ? {} : { minBeds: wants.bedsMin }),
      ...(facts.language === undefined ? {} : { language: facts.language }),
    },
    ...(facts.optedOut ? { consent: { emailOptOut: 'Y' } } : {}),
    tags: facts.tags,
    ...stamps(facts),
  };
};

const search = (world: World, contact: number, n: number): Document => {
  const { facts } = searchNow(world, contact, n);
  const { criteria } = facts;
  return {
    _id: searchId(world, contact, n),
    name: `Search ${n + 1}`,
    lead: { id: leadId(world, contact) },
    search: {
      ...(criteria.cities.length === 0 ? {} : { cities: criteria.cities }),
      ...(criteria.zips.length === 0 ? {} : { zips: criteria.zips }),
      ...(criteria.minPrice === undefined ? {} : { minprice: criteria.minPrice }),
      ...(criteria.maxPrice === undefined ? {} : { maxprice: criteria.maxPrice }),
      ...(criteria.minBeds === undefined ? {} : { minbeds: criteria.minBeds }),
      ...(criteria.types.length === 0 ? {} : { type: criteria.types.map((kind) => kinds[kind][1]) }),
    },
    notify: {
      ...(facts.frequency === undefined ? {} : { frequency: facts.frequency }),
      active: facts.active,
      ...(facts.lastSentAt === undefined ? {} : { lastSent: new Date(facts.lastSentAt).toISOString() }),
    },
    ...stamps(facts),
  };
};
