import { befalls, dirtOf, type Fields, type Form, note } from '../dirt.ts';
import { doubleOfListing, type ListingFacts } from '../facts/listing-facts.ts';
import type { World } from '../world.ts';
import { agentTarget, looseRefForms, ownId } from './identity.ts';
import {
  addressForms,
  bathForms,
  bedForms,
  descriptionForms,
  feeForms,
  lotForms,
  mlsForms,
  photoForms,
  pointForms,
  priceForms,
  sizeForms,
  statusForms,
  typeForms,
  yearForms,
  zipForms,
} from './listing-forms.ts';
import { descriptionOf, featuresOf } from './listing-words.ts';
import { dateForms, listForms, stampForms, yesForms } from './shared-forms.ts';
import { unlisted } from './unlisted-fields.ts';

/** A home for sale as a document of `properties`. */
export function listingDocument(world: World, index: number, facts: ListingFacts): Fields {
  const dirt = dirtOf(world, 'properties', index);
  const field = <T>(name: string, keys: readonly string[], forms: readonly Form<T>[], value: T | undefined): Fields => {
    if (value === undefined) return {};
    return { [dirt.key(name, keys)]: dirt.value(name, forms, value) };
  };
  if (doubleOfListing(world, index) !== undefined) note(world, 'properties', 'scraped twice');
  const nameless = befalls(world, 'listing without number and address', index, 0.03);
  if (nameless) note(world, 'properties', 'neither MLS number nor address');
  const zip = () => dirt.value('zip', zipForms, facts.place.zip);
  return {
    _id: ownId(world, dirt, 'properties', index, facts.createdAt),
    ...(nameless ? {} : field('mlsId', ['mlsId', 'mls_id', 'MLSNumber'], mlsForms, facts.mlsNumber)),
    ...field('status', ['status'], statusForms, facts.status),
    ...field('price', ['price', 'listPrice'], priceForms, facts.price),
    ...field('originalPrice', ['originalPrice'], priceForms, facts.originalPrice),
    ...field('soldPrice', ['soldPrice'], priceForms, facts.soldPrice),
    ...field('soldDate', ['soldDate'], dateForms, facts.soldDate),
    ...field('beds', ['beds', 'bedrooms'], bedForms, facts.beds),
    ...field('baths', ['baths', 'bathrooms'], bathForms, facts.baths),
    ...field('sqft', ['sqft', 'livingArea'], sizeForms, facts.squareFeet),
    ...((dirt.value('lotSize', lotForms, facts.lotAcres) as Fields | undefined) ?? {}),
    ...field('yearBuilt', ['yearBuilt'], yearForms, facts.yearBuilt),
    ...((dirt.value('hoa', feeForms, facts.monthlyFee) as Fields | undefined) ?? {}),
    ...field('propertyType', ['propertyType', 'type'], typeForms, facts.kind),
    ...(nameless ? {} : (dirt.value('address', addressForms, { place: facts.place, zip }) as Fields)),
    ...field('loc', ['loc', 'location'], pointForms, facts.place),
    ...field('agentId', ['agentId', 'listingAgent'], looseRefForms, agentTarget(world, facts.agent)),
    ...field('photos', ['photos'], photoForms, facts),
    ...field('features', ['features'], listForms, featuresOf(facts)),
    ...field('description', ['description'], descriptionForms, descriptionOf(facts)),
    ...(facts.deleted ? field('deleted', ['deleted', 'isDeleted'], yesForms, true as const) : {}),
    ...unlisted(world, 'properties', index),
    ...field('createdAt', ['createdAt'], stampForms, facts.createdAt),
    ...field('updatedAt', ['updatedAt'], stampForms, facts.updatedAt),
    __v: 0,
  };
}
