import { befalls, dirtOf, type Fields, type Form, note } from '../dirt.ts';
import type { Criteria, SearchFacts } from '../facts/search-facts.ts';
import type { World } from '../world.ts';
import { contactTarget, objectIdOf, refForms, type Target } from './identity.ts';
import { dateForms, noForms, stampForms, yesForms } from './shared-forms.ts';
import { unlisted } from './unlisted-fields.ts';

/** The ObjectId of search number `n` of a contact. */
export const searchId = (world: World, contact: number, n: number, time: number) =>
  objectIdOf(world, 'savedsearches', contact * 2 + n, time);

/** Search number `n` of a contact as a document of `savedsearches`. */
export function searchDocument(world: World, n: number, facts: SearchFacts): Fields {
  const key = `${facts.contact}.${n}`;
  const dirt = dirtOf(world, 'savedsearches', key);
  const field = <T>(name: string, keys: readonly string[], forms: readonly Form<T>[], value: T | undefined): Fields => {
    if (value === undefined) return {};
    return { [dirt.key(name, keys)]: dirt.value(name, forms, value) };
  };
  const empty = befalls(world, 'search without criteria', key, 0.04);
  if (empty) note(world, 'savedsearches', 'no criteria');
  return {
    _id: searchId(world, facts.contact, n, facts.createdAt),
    ...owner(dirt.choose('contactId', refForms, contactTarget(world, facts.contact)).name),
    query: empty ? {} : query(),
    ...field('frequency', ['frequency'], frequencyForms, facts.frequency),
    ...(facts.active
      ? field('active', ['active'], yesForms, true as const)
      : field('inactive', ['active'], noForms, false as const)),
    ...field('lastSentAt', ['lastSentAt'], dateForms, facts.lastSentAt),
    ...unlisted(world, 'savedsearches', key),
    ...field('createdAt', ['createdAt'], stampForms, facts.createdAt),
    ...field('updatedAt', ['updatedAt'], stampForms, facts.updatedAt),
    __v: 0,
  };

  /** `userEmail` holds only addresses; the other two names hold anything. */
  function owner(form: string): Fields {
    const target: Target = contactTarget(world, facts.contact);
    const value = dirt.value('contactId', refForms, target);
    if (form === 'e-mail address')
      return { [dirt.key('contactId by e-mail', ['userEmail', 'contactId', 'contact'])]: value };
    return { [dirt.key('contactId', ['contactId', 'contact'])]: value };
  }

  function query(): unknown {
    const criteria = facts.criteria;
    const object: Fields = {
      ...(criteria.cities.length === 0 ? {} : oneOrMany('cities', 'city', criteria.cities)),
      ...(criteria.zips.length === 0 ? {} : oneOrMany('zips', 'zip', criteria.zips)),
      ...((dirt.value('price', priceRangeForms, criteria) as Fields | undefined) ?? {}),
      ...field('minBeds', ['minBeds', 'beds'], leastForms, criteria.minBeds),
      ...field('minBaths', ['minBaths', 'baths'], leastForms, criteria.minBaths),
      ...field('minSqft', ['minSqft'], leastForms, criteria.minSqft),
      ...(criteria.types.length === 0 ? {} : oneOrMany('types', 'type', criteria.types)),
      ...(criteria.keywords.length === 0 ? {} : { keywords: dirt.value('keywords', keywordForms, criteria.keywords) }),
      ...(criteria.polygon ? { polygon: criteria.polygon } : {}),
    };
    return dirt.value('query', queryForms, object);
  }

  function oneOrMany(many: string, one: string, values: readonly string[]): Fields {
    return dirt.value(many, oneOrManyForms, { many, one, values }) as Fields;
  }
}

const queryForms: readonly Form<Fields>[] = [
  { name: 'object', weight: 3, write: (query) => query },
  { name: 'JSON string', weight: 2, write: (query) => JSON.stringify(query) },
];

const oneOrManyForms: readonly Form<{ many: string; one: string; values: readonly string[] }>[] = [
  { name: 'cities', weight: 2, write: ({ many, values }) => ({ [many]: [...values] }) },
  {
    name: 'city',
    weight: 3,
    when: ({ values }) => values.length === 1,
    write: ({ one, values }) => ({ [one]: values[0] }),
  },
  { name: '{ city: { $in } }', weight: 1, write: ({ one, values }) => ({ [one]: { $in: [...values] } }) },
];

const priceRangeForms: readonly Form<Criteria>[] = [
  {
    name: 'minPrice, maxPrice',
    weight: 4,
    write: ({ minPrice, maxPrice }) => ({ ...(minPrice ? { minPrice } : {}), ...(maxPrice ? { maxPrice } : {}) }),
  },
  {
    name: 'as strings',
    weight: 1,
    write: ({ minPrice, maxPrice }) => ({
      ...(minPrice ? { minPrice: String(minPrice) } : {}),
      ...(maxPrice ? { maxPrice: String(maxPrice) } : {}),
    }),
  },
  {
    name: '{ price: { $gte, $lte } }',
    weight: 2,
    when: ({ minPrice, maxPrice }) => minPrice !== undefined || maxPrice !== undefined,
    write: ({ minPrice, maxPrice }) => ({
      price: { ...(minPrice ? { $gte: minPrice } : {}), ...(maxPrice ? { $lte: maxPrice } : {}) },
    }),
  },
];

const leastForms: readonly Form<number>[] = [
  { name: 'number', weight: 2, write: (value) => value },
  { name: 'string', weight: 1, write: (value) => String(value) },
  { name: '{ $gte }', weight: 1, write: (value) => ({ $gte: value }) },
];

const keywordForms: readonly Form<readonly string[]>[] = [
  { name: 'list', weight: 1, write: (keywords) => [...keywords] },
  { name: 'string', weight: 1, write: (keywords) => keywords.join(' ') },
];

const frequencyForms: readonly Form<NonNullable<SearchFacts['frequency']>>[] = [
  { name: 'as displayed', weight: 3, write: (frequency) => frequency },
  { name: 'asap', weight: 4, when: (frequency) => frequency === 'instant', write: () => 'asap' },
  { name: 'missing', weight: 1, write: () => undefined },
];
