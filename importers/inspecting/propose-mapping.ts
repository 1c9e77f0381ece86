import { isMissing, spelling } from '../legacy/reading.ts';
import { loadMapping, shippedMappings } from '../mappings/load-mapping.ts';
import { type RecordTypeName, recordType, recordTypeNames } from '../mappings/record-types.ts';
import type { InspectedCollection, InspectedPath, Inspection } from './inspect-source.ts';

/** A first mapping for an unknown database, for a person to check: YAML with a comment on each line. */
export const proposeMapping = async (inspection: Inspection): Promise<string> => {
  const known = await knownNames();
  const candidates = inspection.collections
    .filter(({ documents }) => documents > 0)
    .map((collection) => ({ collection, best: bestType(collection, known) }));
  const chosen = recordTypeNames.flatMap((type) => {
    const fitting = candidates
      .filter(({ best }) => best?.type === type)
      .sort((a, b) => b.best!.score - a.best!.score || b.collection.documents - a.collection.documents);
    return fitting.length === 0 ? [] : [{ type, fitting }];
  });
  const used = new Set(chosen.flatMap(({ fitting }) => fitting.slice(0, 1).map(({ collection }) => collection.name)));
  const left = candidates.filter(({ collection }) => !used.has(collection.name));
  const keys = new Map(
    chosen.map(({ type, fitting }) => [type, new Set(Object.keys(fitting[0]!.best!.fields))] as const),
  );
  return [
    'name: proposed',
    'about: >-',
    '  Proposed by `openhouse import inspect --propose` from the names of fields and from what their values look like.',
    '  Check every line, then run `openhouse import inspect` with --mapping and this file: it shows what is understood.',
    ...left.map(({ collection }) => `# Not used: ${oneLine(collection.name)} (${collection.documents} documents)`),
    ...chosen.flatMap(({ type, fitting }) => ['', ...typeLines(type, fitting[0]!, keys)]),
    '',
  ].join('\n');
};

type Fields = Readonly<Record<string, readonly InspectedPath[]>>;
type Fit = { readonly type: RecordTypeName; readonly score: number; readonly fields: Fields };

/** What each field of each record type is called in the mappings that come with openhouse, in order of preference. */
type KnownNames = Readonly<Record<RecordTypeName, ReadonlyMap<string, readonly string[]>>>;

const knownNames = async (): Promise<KnownNames> => {
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

/** What collections of a type are called. */
const collectionNames: Readonly<Record<RecordTypeName, RegExp>> = {
  agents: /agent|user|member|staff|broker|realtor|employee|team/i,
  leads: /contact|lead|client|customer|person|people|buyer|prospect/i,
  listings: /propert|listing|home|house|mls|inventory|inmueble/i,
  savedSearches: /search|wish|(?:saved|listing|property)_?alert|alertsubscri|criteria/i,
  leadAssignments: /assign|routing|offer|handoff/i,
  activities: /activit|event|note|call|task|log|interaction|timeline|touch/i,
  alertsSent: /sent|alerts?_?(?:sent|log|history)|notification|delivered|mail_?log/i,
};

/** Without these fields, documents cannot be of the type. */
const essential: Readonly<Record<RecordTypeName, readonly (readonly string[])[]>> = {
  agents: [['memberEmail'], ['memberFullName', 'firstName', 'lastName']],
  leads: [['email', 'mobilePhone']],
  listings: [
    ['listPrice', 'standardStatus'],
    ['listingId', 'unparsedAddress', 'streetName'],
  ],
  savedSearches: [['contactKey'], ['criteria']],
  leadAssignments: [['contactKey'], ['memberKey'], ['status']],
  activities: [['contactKey'], ['activityType']],
  alertsSent: [['savedSearchKey'], ['listingKey']],
};

const bestType = (collection: InspectedCollection, known: KnownNames): Fit | undefined => {
  const fits = recordTypeNames.flatMap((type): Fit[] => {
    const fields = fieldsOf(type, collection, known[type]);
    if (!essential[type].every((any) => any.some((slot) => fields[slot] !== undefined))) return [];
    const named = collectionNames[type].test(collection.name) ? 8 : 0;
    return [{ type, fields, score: named + Object.keys(fields).length }];
  });
  return fits.sort((a, b) => b.score - a.score)[0];
};

const fieldsOf = (type: RecordTypeName, collection: InspectedCollection, known: KnownNames[RecordTypeName]): Fields => {
  const taken = new Set<string>();
  const fields: Record<string, InspectedPath[]> = {};
  const take = (slot: string, path: InspectedPath) => {
    taken.add(path.path);
    fields[slot] = [...(fields[slot] ?? []), path];
  };
  // First by the whole path, then by its last name, then by what its values look like.
  for (const nameOf of [(path: string) => spelling(path), (path: string) => spelling(path.split('.').at(-1)!)]) {
    for (const [slot, names] of known) {
      const matching = collection.paths
        .filter(({ path }) => !taken.has(path) && names.includes(nameOf(path)) && path !== '_id')
        .filter((path) => canBe(type, slot, path))
        .sort((a, b) => names.indexOf(nameOf(a.path)) - names.indexOf(nameOf(b.path)));
      if (fields[slot] !== undefined) continue;
      for (const path of matching.slice(0, 4)) take(slot, path);
    }
  }
  const email = type === 'agents' ? 'memberEmail' : type === 'leads' ? 'email' : undefined;
  const phone = type === 'agents' ? 'memberMobilePhone' : type === 'leads' ? 'mobilePhone' : undefined;
  for (const [slot, look] of [
    [email, 'e-mail address'],
    [phone, 'phone number'],
  ] as const) {
    if (slot === undefined || fields[slot] !== undefined) continue;
    const found = collection.paths
      .filter(
        ({ path, looksLike }) => looksLike === look && !taken.has(path) && !/agent|owner|assign|broker/i.test(path),
      )
      .sort((a, b) => b.documents - a.documents)[0];
    if (found !== undefined) take(slot, found);
  }
  // One field of the old CRM gives both.
  if (type === 'listings' && fields.standardStatus !== undefined)
    fields.mlsStatus ??= fields.standardStatus.slice(0, 1);
  return fields;
};

/** A document with parts is not a price, and a field that looks like an e-mail address is not a name. */
const canBe = (type: RecordTypeName, slot: string, { path, types, looksLike }: InspectedPath): boolean => {
  const isDocument = (types.document ?? 0) > 0 && Object.keys(types).length === 1;
  if (
    isDocument &&
    !/^(?:criteria|coordinates|unparsedAddress|budget|priceRange|hours|vacation|bathroomsTotalInteger)$/.test(slot) &&
    recordType(type).references[slot] === undefined &&
    !/name$/i.test(slot)
  )
    return false;
  if (looksLike === 'e-mail address' && !/email|key$/i.test(slot)) return false;
  return path.split('.').length <= 6;
};

const typeLines = (
  type: RecordTypeName,
  { collection, best }: { readonly collection: InspectedCollection; readonly best: Fit | undefined },
  keys: ReadonlyMap<RecordTypeName, ReadonlySet<string>>,
): string[] => [
  `${type}:`,
  `  collections: ${quoted(collection.name)}`,
  '  fields:',
  ...Object.entries(best!.fields).map(([slot, paths]) => {
    const comment = paths.map((path) => about(path, collection.documents)).join('; ');
    return `    ${slot}: ${fieldText(type, slot, paths, keys)} # ${comment}`;
  }),
];

const fieldText = (
  type: RecordTypeName,
  slot: string,
  paths: readonly InspectedPath[],
  keys: ReadonlyMap<RecordTypeName, ReadonlySet<string>>,
): string => {
  const target = recordType(type).references[slot];
  if (target === undefined) {
    const names = paths.map(({ path }) => unitOf(slot, path));
    return names.length === 1 ? names[0]! : `[${names.join(', ')}]`;
  }
  const places = paths.map((path) => `{ path: ${quoted(path.path)}, refersTo: ${targetOf(path, target, keys)} }`);
  return places.length === 1 ? places[0]! : `[${places.join(', ')}]`;
};

const unitOf = (slot: string, path: string): string =>
  slot === 'lotSizeSquareFeet' && /acre/i.test(path) ? `{ path: ${quoted(path)}, unit: acres }` : quoted(path);

/** Which key of the other document a reference uses. */
const targetOf = (
  { path, looksLike }: InspectedPath,
  target: RecordTypeName,
  keys: ReadonlyMap<RecordTypeName, ReadonlySet<string>>,
): string => {
  if (looksLike === 'e-mail address' || /email$/i.test(path)) return 'email';
  const named = recordType(target).keys.find(
    (key) => spelling(path).includes(spelling(key)) && keys.get(target)?.has(key),
  );
  if (named !== undefined) return named;
  return /mls/i.test(path) && keys.get(target)?.has('memberMlsId') ? 'memberMlsId' : '_id';
};

const about = ({ documents, types, looksLike }: InspectedPath, all: number): string =>
  `${Math.round((100 * documents) / Math.max(1, all))} % of documents, ${looksLike ?? Object.keys(types).slice(0, 3).join(' or ')}`;

const quoted = (text: string): string =>
  /^[A-Za-z_][\w.-]*$/.test(text) && !isMissing(text) && !/^(?:y|n|yes|no|true|false|null|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text);
const oneLine = (text: string) => text.replace(/\s+/g, ' ');
