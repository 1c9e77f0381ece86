import type { Document } from 'bson';
import type { Collection } from '../../samples/generator/world.ts';
import {
  at,
  dates,
  emailRef,
  type Forms,
  ids,
  isList,
  isString,
  lists,
  literally,
  matching,
  missing,
  named,
  number,
  phones,
  price,
  refs,
  type Shows,
  stamps,
  under,
  type Value,
  withKeys,
  yes,
} from './form-checks.ts';

const mls = at('mlsId', 'mls_id', 'MLSNumber');
const zip: Value = ({ zip, address }) => zip ?? address?.zip;
const point = at('loc', 'location');
const inFlorida = (lng: number, lat: number) => lng > -81 && lng < -79 && lat > 25 && lat < 28;
const pair = (document: Document): unknown[] => {
  const value = point(document) as Document | unknown[] | undefined;
  return Array.isArray(value) ? value : [];
};
const geo = (document: Document): number[] => (point(document) as Document | undefined)?.coordinates ?? [];

const query = ({ query }: Document): Document => (typeof query === 'string' ? JSON.parse(query) : query);
const asked =
  (name: string): Value =>
  (document) =>
    query(document)[name];

/** Every form in the description of the old CRM, with a check that is independent of the generator. */
export const documentedForms: Record<Collection, Forms> = {
  properties: {
    ...ids,
    ...stamps,
    ...named(
      'mlsId',
      'mls_id',
      'MLSNumber',
      'price',
      'listPrice',
      'beds',
      'bedrooms',
      'baths',
      'bathrooms',
      'sqft',
      'livingArea',
    ),
    ...named('propertyType', 'type', 'loc', 'location', 'agentId', 'listingAgent', 'deleted', 'isDeleted'),
    ...under('mlsId', {
      'RX-10812345': matching(mls, /^RX-\d{8}$/),
      number: number(mls, 1e7, 1e8),
      'spaces and small letters': matching(mls, /^ rx-\d{8} $/),
    }),
    ...under(
      'status',
      literally(at('status'), 'Active', 'active', 'A', 'ACT', 'Coming Soon', 'Pending', 'P', 'Under Contract', 'UC'),
    ),
    ...under(
      'status',
      literally(at('status'), 'Sold', 'S', 'Closed', 'Withdrawn', 'W', 'Expired', 'X', 'Cancelled', 'Canceled'),
    ),
    ...under('status', {
      ...literally(at('status'), 'Back on Market', 'Actie', 'TBD'),
      missing: missing(at('status')),
    }),
    ...under('price', price(at('price', 'listPrice'))),
    ...under('originalPrice', price(at('originalPrice'))),
    ...under('soldPrice', price(at('soldPrice'))),
    ...under('soldDate', dates(at('soldDate'))),
    ...under('beds', {
      number: number(at('beds', 'bedrooms'), 1, 9),
      ...literally(at('beds', 'bedrooms'), '3', '3+1', 'studio', null),
    }),
    ...under('baths', {
      '2.5': number(at('baths', 'bathrooms'), 1, 9),
      '"2.5"': matching(at('baths', 'bathrooms'), /^\d\.5$/),
      '2/1': matching(at('baths', 'bathrooms'), /^\d\/\d$/),
      '{ full, half }': withKeys(at('baths', 'bathrooms'), 'full', 'half'),
    }),
    ...under('sqft', {
      number: number(at('sqft', 'livingArea'), 200, 9999),
      '1,850': matching(at('sqft', 'livingArea'), /^\d,\d{3}$/),
      '1850 sqft': matching(at('sqft', 'livingArea'), /^\d+ sqft$/),
      '1850-1900': matching(at('sqft', 'livingArea'), /^\d+-\d+$/),
    }),
    ...under('lotSize', {
      acres: ({ lotSize, lotUnit }) => lotUnit === 'acres' && lotSize < 5,
      sqft: ({ lotSize, lotUnit }) => lotUnit === 'sqft' && lotSize > 1000,
      '0.25 ac': matching(at('lotSize'), /^[\d.]+ ac$/),
    }),
    ...under('hoaFee', {
      'number and frequency': ({ hoaFee, hoaFrequency }) => typeof hoaFee === 'number' && hoaFrequency === 'Monthly',
      '$350/mo': matching(at('hoaFee'), /^\$[\d,]+\/mo$/),
      '350 monthly': matching(at('hoa'), /^\d+ monthly$/),
      none: ({ hoa }) => hoa === 'none',
    }),
    ...under('yearBuilt', {
      number: number(at('yearBuilt'), 1900, 2030),
      string: matching(at('yearBuilt'), /^\d{4}$/),
      'c. 1998': matching(at('yearBuilt'), /^c\. \d{4}$/),
      '0': number(at('yearBuilt'), 0, 1),
      '20005': number(at('yearBuilt'), 19_000, 30_000),
    }),
    ...under(
      'propertyType',
      literally(
        at('propertyType', 'type'),
        'SFR',
        'Single Family',
        'single-family',
        'House',
        'Condo',
        'condominium',
        'TH',
        'Townhouse',
        'Townhome',
      ),
    ),
    ...under('propertyType', literally(at('propertyType', 'type'), 'Multi', 'Duplex', 'Land', 'Vacant Land', 'Mobile')),
    ...under('address', {
      'one line': matching(at('address'), /^\d+ .+, .+, [A-Z]{2} \d{5}$/),
      '{ street, city, state, zip }': withKeys(at('address'), 'street', 'city', 'state', 'zip'),
      '{ street, unit, … }': withKeys(at('address'), 'street', 'unit'),
      '{ line1, line2 } with city, state, zip': (document) =>
        withKeys(at('address'), 'line1', 'line2')(document) && document.city && document.state && document.zip,
      missing: missing(at('address')),
    }),
    ...under('zip', {
      '33432': matching(zip, /^\d{5}$/),
      number: number(zip, 10_000, 99_999),
      '33432-1234': matching(zip, /^\d{5}-\d{4}$/),
      'a lost leading zero': number(zip, 1000, 9999),
    }),
    ...under('loc', {
      GeoJSON: (document) => inFlorida(geo(document)[0]!, geo(document)[1]!),
      '{ lat, lng }': (document) => withKeys(point, 'lat', 'lng')(document),
      '[lng, lat]': (document) => inFlorida(pair(document)[0] as number, pair(document)[1] as number),
      'GeoJSON, swapped': (document) => inFlorida(geo(document)[1]!, geo(document)[0]!),
      '[lat, lng]': (document) => inFlorida(pair(document)[1] as number, pair(document)[0] as number),
      '[0, 0]': (document) => pair(document)[0] === 0 && pair(document)[1] === 0,
    }),
    ...under('agentId', { ...refs(at('agentId', 'listingAgent')), ...emailRef(at('agentId', 'listingAgent')) }),
    ...under('photos', {
      '[url]': isList(at('photos'), isString),
      'a count': number(at('photos'), 0, 50),
      '[{ url, caption }]': isList(at('photos'), (photo) => withKeys(() => photo, 'url', 'caption')({})),
    }),
    ...under('features', lists(at('features'))),
    ...under('description', {
      HTML: matching(at('description'), /<(p|br|div|b)\b/),
      'Latin-1 read as UTF-8': matching(at('description'), /Ã©/),
      text: matching(at('description'), /^[^<Ã]+é[^<Ã]+$/),
    }),
    ...under('deleted', yes(at('deleted', 'isDeleted'))),
    'neither MLS number nor address': (document) => mls(document) === undefined && document.address === undefined,
  },
  contacts: {
    ...ids,
    ...stamps,
    ...named('assignedTo', 'agent', 'stage', 'type', 'status', 'emailOptOut', 'unsubscribed', 'budget', 'priceMin'),
    ...under('name', {
      'Ana María López': matching(at('name'), /^[^@,]+ [^@,]+$/),
      'firstName, lastName': (document) => document.firstName && document.lastName,
      '{ first, last }': withKeys(at('name'), 'first', 'last'),
      'LOPEZ, ANA': matching(at('name'), /^[A-Z' .-]+, [A-Z' -]+$/),
      'an e-mail address': matching(at('name'), /@/),
      ...literally(at('name'), ''),
    }),
    ...under('email', {
      'spaces and capitals': matching(at('email'), /^ [A-Z].*@.* $/),
      list: isList(at('email'), isString),
      semicolons: matching(at('email'), /@.*; .*@/),
      invalid: matching(at('email'), /^([^@]*|[^@]+@|[^@]+@[^.]+)$/),
      ...literally(at('email'), 'none@none.com'),
      missing: missing(at('email')),
    }),
    ...under('phone', phones(at('phone'))),
    ...under(
      'source',
      literally(at('source'), 'zillow', 'Zillow.com', 'ZILLOW', 'realtor.com', 'Website', 'web', 'site', 'referral'),
    ),
    ...under('source', { ...literally(at('source'), 'Open House', 'fb', 'Facebook'), missing: missing(at('source')) }),
    ...under(
      'stage',
      literally(
        at('stage', 'type', 'status'),
        'new',
        'New Lead',
        'Attempted',
        'Contacted',
        'nurture',
        'Hot',
        'hot lead',
        'Appt',
      ),
    ),
    ...under(
      'stage',
      literally(at('stage', 'type', 'status'), 'Under Contract', 'Closed', 'Past Client', 'Trash', 'dead', 'DNC'),
    ),
    ...under('assignedTo', { ...refs(at('assignedTo', 'agent')), ...emailRef(at('assignedTo', 'agent')) }),
    ...under('budget', {
      '{ min, max }': ({ budget }) => budget?.min < budget?.max,
      '300-450k': matching(at('budget'), /^\d+-\d+k$/),
      'under 500k': matching(at('budget'), /^under \d+k$/),
      '450000': number(at('budget'), 10_000, 1e8),
      'swapped { min, max }': ({ budget }) => budget?.min > budget?.max,
      'swapped priceMin, priceMax': ({ priceMin, priceMax }) => priceMin > priceMax,
    }),
    ...under('areas', lists(at('areas'))),
    ...under('timeframe', {
      ...literally(at('timeframe'), '0-3 months', 'ASAP', '6mo+'),
      missing: missing(at('timeframe')),
    }),
    ...under('bedsMin', literally(at('bedsMin'), 3, '3')),
    ...under('language', literally(at('language'), 'es', 'Spanish')),
    ...under('tags', { list: isList(at('tags'), isString), 'comma string': matching(at('tags'), /,/) }),
    ...under('emailOptOut', literally(at('emailOptOut', 'unsubscribed'), true, 'Y', 1, 'false')),
    ...under('notes', {
      string: matching(at('notes'), /./),
      '[{ text, by, at }]': isList(at('notes'), (note) => withKeys(() => note, 'text', 'by', 'at')({})),
    }),
    'neither e-mail address nor phone': (document) => document.email === undefined && document.phone === undefined,
  },
  users: {
    ...ids,
    ...stamps,
    ...under('email', { 'spaces and capitals': matching(at('email'), /^ .* $/), missing: missing(at('email')) }),
    ...under('phone', phones(at('phone'))),
    ...under('roles', { list: isList(at('roles'), isString), ...literally(at('roles'), 'admin', 'agent') }),
    ...under('active', literally(at('active'), true, 'Y', 'N', 1, 0)),
    ...under('slackId', {
      U024BE7LH: matching(at('slackId'), /^U0[A-Z0-9]{9}$/),
      '@maria': matching(at('slackId'), /^@[a-z]+$/),
    }),
    ...under('areas', lists(at('areas'))),
    ...under('specialties', lists(at('specialties'))),
    ...under('languages', lists(at('languages'))),
    ...named('licenseNo', 'maxLeads'),
    'priceRange { min, max }': withKeys(at('priceRange'), 'min', 'max'),
    'vacation { from, to }': withKeys(at('vacation'), 'from', 'to'),
    ...under('hours', { '9-17': matching(at('hours'), /^\d+-\d+$/), 'by day': withKeys(at('hours'), 'mon') }),
  },
  savedsearches: {
    ...stamps,
    ...named('contactId', 'contact', 'userEmail'),
    ...under('contactId', {
      ...refs(at('contactId', 'contact')),
      ...emailRef(at('contactId', 'contact', 'userEmail')),
    }),
    'query as a JSON string': ({ query }) => typeof query === 'string',
    'query as an object': ({ query }) => typeof query === 'object',
    ...Object.fromEntries(
      'city cities zip zips minPrice maxPrice beds minBeds baths minBaths minSqft type types keywords polygon'
        .split(' ')
        .map((name): [string, Shows] => [`query.${name}`, (document) => asked(name)(document) !== undefined]),
    ),
    '{ price: { $lte } }': (document) => (asked('price')(document) as Document | undefined)?.$lte > 0,
    'no criteria': (document) => Object.keys(query(document)).length === 0,
    ...under('frequency', {
      ...literally(at('frequency'), 'instant', 'asap', 'daily', 'weekly', 'never'),
      missing: missing(at('frequency')),
    }),
    ...under('active', literally(at('active'), true, 'Y', 1, false)),
    ...under('lastSentAt', dates(at('lastSentAt'))),
  },
  leadassignments: {
    ...under('contactId', { ...refs(at('contactId')), ...emailRef(at('contactId')) }),
    ...under('agentId', { ...refs(at('agentId')), ...emailRef(at('agentId')) }),
    ...under('status', literally(at('status'), 'offered', 'accepted', 'declined', 'expired', 'reassigned')),
    ...under('at', dates(at('at'))),
  },
  activities: {
    ...under('contactId', { ...refs(at('contactId')), ...emailRef(at('contactId')) }),
    ...under('userId', { ...refs(at('userId')), ...emailRef(at('userId')) }),
    ...under('type', literally(at('type'), 'call', 'email', 'sms', 'note', 'showing', 'site_visit')),
    ...under('at', dates(at('at'))),
  },
  alerts_sent: {
    ...under('searchId', refs(at('searchId'))),
    ...under('propertyId', refs(at('propertyId'))),
    ...under('sentAt', dates(at('sentAt'))),
  },
};
