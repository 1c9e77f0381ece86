import zipcodes from 'zipcodes';
import type { Known } from '../../domain/changes.ts';
import type { LeadFields } from '../../domain/lead/index.ts';
import type { ListingFields } from '../../domain/listing/index.ts';
import { comparable } from '../words.ts';
import { languageName } from './languages.ts';

/** What matching uses of the home that a lead asked about. */
export type ListingAskedAbout = Known<
  Pick<
    ListingFields,
    'city' | 'postalCode' | 'stateOrProvince' | 'listPrice' | 'propertyType' | 'propertySubType' | 'listAgentKey'
  >
>;

/**
 * Everything that matching uses of a lead: where they are looking for a home, their budget, the languages they stated,
 * and which home they asked about. Names and anything else that could stand in for a protected class are left out.
 */
export type LeadToMatch = Known<
  Pick<LeadFields, 'cities' | 'postalCodes' | 'listPriceMin' | 'listPriceMax' | 'languages'>
> & { readonly triedMemberKeys?: readonly string[]; readonly listing?: ListingAskedAbout | null };

/** A lead prepared for comparing with many agents. */
export type PreparedLead = {
  readonly zips: readonly string[];
  /** The city of each ZIP code, by index; empty if it is not known. */
  readonly zipCities: readonly string[];
  readonly cities: readonly string[];
  /** The cities as they were written. */
  readonly citiesShown: readonly string[];
  /** US dollars; `null`: nothing is known about the price. */
  readonly price: { readonly low: number; readonly high: number; readonly min: number; readonly max: number } | null;
  readonly foreignLanguages: readonly string[];
  readonly speaksEnglish: boolean;
  readonly states: readonly string[];
  readonly kinds: readonly string[];
  readonly kindsShown: readonly string[];
  readonly tried: ReadonlySet<string>;
};

export const prepareLead = (lead: LeadToMatch): PreparedLead => {
  const { listing } = lead;
  const wanted = (lead.postalCodes ?? []).length + (lead.cities ?? []).length > 0;
  const ofListing = wanted ? null : listing;
  const zips = (wanted ? (lead.postalCodes ?? []) : ofListing?.postalCode ? [ofListing.postalCode] : []).map((zip) =>
    zip.slice(0, 5),
  );
  const citiesShown = wanted ? (lead.cities ?? []) : ofListing?.city ? [ofListing.city] : [];
  const places = zips.map((zip) => zipcodes.lookup(zip));
  const languages = (lead.languages ?? []).map(languageName);
  const kindsShown = [listing?.propertySubType, listing?.propertyType].filter((kind) => typeof kind === 'string');
  const states = [listing?.stateOrProvince, ...places.map((place) => place?.state)].filter(Boolean) as string[];
  return {
    zips,
    zipCities: places.map((place) => (place?.city ? comparable(place.city) : '')),
    cities: citiesShown.map(comparable),
    citiesShown,
    price: priceOf(lead),
    foreignLanguages: [...new Set(languages.filter((name) => name !== 'English'))],
    speaksEnglish: languages.includes('English'),
    states: [...new Set(states.map(comparable))],
    kinds: kindsShown.map(comparable),
    kindsShown,
    tried: new Set(lead.triedMemberKeys ?? []),
  };
};

const priceOf = ({ listPriceMin, listPriceMax, listing }: LeadToMatch): PreparedLead['price'] => {
  if (!listPriceMin && !listPriceMax) {
    const asked = listing?.listPrice;
    return asked ? { low: asked, high: asked, min: asked, max: asked } : null;
  }
  return {
    min: listPriceMin ?? 0,
    max: listPriceMax ?? Number.POSITIVE_INFINITY,
    // A lead who gives only one end looks near it: "under 500k" rarely means 100k.
    low: listPriceMin ?? listPriceMax! * 0.6,
    high: listPriceMax ?? listPriceMin! * 1.5,
  };
};
