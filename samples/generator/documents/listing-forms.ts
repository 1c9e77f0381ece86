import type { Form } from '../dirt.ts';
import type { ListingFacts, ListingStatus, PropertyKind } from '../facts/listing-facts.ts';
import type { Place } from '../places.ts';
import { round6 } from '../places.ts';

const rx = (mlsNumber: number) => `RX-${mlsNumber}`;

export const mlsForms: readonly Form<number>[] = [
  { name: 'RX-10812345', weight: 5, write: rx },
  { name: 'number', weight: 3, write: (mlsNumber) => mlsNumber },
  { name: 'spaces and small letters', weight: 3, write: (mlsNumber) => ` ${rx(mlsNumber).toLowerCase()} ` },
  { name: 'missing', weight: 0.6, write: () => undefined },
];

const statusSpellings: Record<ListingStatus, readonly string[]> = {
  Active: ['active', 'A', 'ACT'],
  'Coming Soon': ['Coming Soon'],
  Pending: ['P', 'Under Contract', 'UC'],
  Sold: ['S', 'Closed'],
  Withdrawn: ['W'],
  Expired: ['X'],
  Canceled: ['Cancelled'],
  'Back on Market': ['Back on Market'],
};

/** Drops the second to last letter: "Actve", "Pendig", "Withdraw" and the like. */
const typo = (status: string) => `${status.slice(0, -2)}${status.slice(-1)}`;

export const statusForms: readonly Form<ListingStatus>[] = [
  { name: 'as displayed', weight: 5, write: (status) => status },
  {
    name: 'another spelling',
    weight: 14,
    when: (status) => statusSpellings[status][0] !== status,
    write: (status, r) => r.pick(statusSpellings[status]),
  },
  { name: 'typo', weight: 0.5, write: typo },
  { name: 'unreadable', weight: 0.4, write: (_, r) => r.pick(['TBD', '???', 'see notes', '7']) },
  { name: 'missing', weight: 0.4, write: () => undefined },
];

const dollars = (price: number) => `$${commas(price)}`;
const commas = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** `450k`, `452.9k`, `1.2M`: short, and still the exact price. */
const short = (price: number) => (price >= 1_000_000 ? `${price / 1_000_000}M` : `${price / 1000}k`);

export const priceForms: readonly Form<number>[] = [
  { name: 'number', weight: 5, write: (price) => price },
  { name: 'digits', weight: 3, write: (price) => String(price) },
  { name: '$450,000', weight: 4, write: dollars },
  { name: '450k or 1.2M', weight: 3, write: short },
  { name: 'range', weight: 1.5, write: (price) => `${dollars(price)} - ${dollars(price + 25_000)}` },
  { name: '0', weight: 0.5, write: () => 0 },
  { name: '-1', weight: 0.5, write: () => -1 },
  { name: 'Call', weight: 0.5, write: () => 'Call' },
  { name: 'null', weight: 0.5, write: () => null },
];

export const bedForms: readonly Form<number>[] = [
  { name: 'number', weight: 3, write: (beds) => beds },
  { name: 'string', weight: 3, write: (beds) => String(beds) },
  { name: '3+1', weight: 1.5, when: (beds) => beds > 1, write: (beds) => `${beds}+1` },
  { name: 'studio', weight: 6, when: (beds) => beds === 0, write: () => 'studio' },
  { name: 'null', weight: 0.5, write: () => null },
];

export const bathForms: readonly Form<{ full: number; half: number }>[] = [
  { name: '2.5', weight: 3, write: ({ full, half }) => full + half / 2 },
  { name: '"2.5"', weight: 2, write: ({ full, half }) => String(full + half / 2) },
  { name: '2/1', weight: 2, write: ({ full, half }) => `${full}/${half}` },
  { name: '{ full, half }', weight: 2, write: ({ full, half }) => ({ full, half }) },
];

export const sizeForms: readonly Form<number>[] = [
  { name: 'number', weight: 3, write: (size) => size },
  { name: '1,850', weight: 2, write: commas },
  { name: '1850 sqft', weight: 2, write: (size) => `${size} sqft` },
  { name: '1850-1900', weight: 1, write: (size) => `${size}-${size + 50}` },
];

export const lotForms: readonly Form<number>[] = [
  { name: 'acres', weight: 3, write: (acres) => ({ lotSize: acres, lotUnit: 'acres' }) },
  { name: 'square feet', weight: 3, write: (acres) => ({ lotSize: Math.round(acres * 43_560), lotUnit: 'sqft' }) },
  { name: '0.25 ac', weight: 2, write: (acres) => ({ lotSize: `${acres} ac` }) },
];

export const yearForms: readonly Form<number>[] = [
  { name: 'number', weight: 3, write: (year) => year },
  { name: 'string', weight: 2, write: (year) => String(year) },
  { name: 'c. 1998', weight: 1.5, write: (year) => `c. ${year}` },
  { name: '0', weight: 0.7, write: () => 0 },
  // One zero too many: 2005 becomes 20005.
  { name: '20005', weight: 0.7, write: (year) => Number(`${String(year).slice(0, 2)}0${String(year).slice(2)}`) },
];

export const feeForms: readonly Form<number>[] = [
  { name: 'number and frequency', weight: 3, write: (fee) => ({ hoaFee: fee, hoaFrequency: 'Monthly' }) },
  { name: '$350/mo', weight: 3, when: (fee) => fee > 0, write: (fee) => ({ hoaFee: `${dollars(fee)}/mo` }) },
  { name: '350 monthly', weight: 2, when: (fee) => fee > 0, write: (fee) => ({ hoa: `${fee} monthly` }) },
  { name: 'a quarter', weight: 1, when: (fee) => fee > 0, write: (fee) => ({ hoaFee: fee * 3, hoaFrequency: 'qtr' }) },
  { name: 'none', weight: 3, when: (fee) => fee === 0, write: () => ({ hoa: 'none' }) },
  { name: 'yes', weight: 0.4, when: (fee) => fee > 0, write: () => ({ hoa: 'yes' }) },
];

const kindSpellings: Record<PropertyKind, readonly string[]> = {
  'Single Family': ['SFR', 'single-family', 'House'],
  Condo: ['condominium'],
  Townhouse: ['TH', 'Townhome'],
  Multi: ['Duplex'],
  Land: ['Vacant Land'],
  Mobile: ['Mobile'],
};

export const typeForms: readonly Form<PropertyKind>[] = [
  { name: 'as displayed', weight: 1, write: (kind) => kind },
  {
    name: 'another spelling',
    weight: 2,
    when: (kind) => kind !== 'Mobile',
    write: (kind, r) => r.pick(kindSpellings[kind]),
  },
];

export const zipForms: readonly Form<string>[] = [
  { name: '33432', weight: 4, write: (zip) => zip },
  { name: 'number', weight: 3, when: (zip) => !zip.startsWith('0'), write: Number },
  { name: 'number that lost its zero', weight: 5, when: (zip) => zip.startsWith('0'), write: Number },
  { name: '33432-1234', weight: 2, write: (zip, r) => `${zip}-${r.int(1000, 9998)}` },
];

export const addressForms: readonly Form<{ place: Place; zip: () => unknown }>[] = [
  {
    name: '{ street, unit, city, state, zip }',
    weight: 3,
    write: ({ place: { street, unit, city, state }, zip }) => ({
      address: { street, ...(unit ? { unit } : {}), city, state, zip: zip() },
    }),
  },
  {
    name: 'one line',
    weight: 3,
    write: ({ place }) => ({
      address: `${place.street}${place.unit ? ` #${place.unit}` : ''}, ${place.city}, ${place.state} ${place.zip}`,
    }),
  },
  {
    name: '{ line1, line2 } beside city, state, zip',
    weight: 3,
    write: ({ place: { street, unit, city, state }, zip }) => ({
      address: { line1: street, line2: unit ? `Unit ${unit}` : '' },
      city,
      state,
      zip: zip(),
    }),
  },
  { name: 'missing', weight: 0.3, write: () => ({}) },
];

export const pointForms: readonly Form<Place>[] = [
  {
    name: 'GeoJSON',
    weight: 4,
    write: ({ longitude, latitude }) => ({ type: 'Point', coordinates: [longitude, latitude] }),
  },
  { name: '{ lat, lng }', weight: 2, write: ({ longitude, latitude }) => ({ lat: latitude, lng: longitude }) },
  { name: '[lng, lat]', weight: 2, write: ({ longitude, latitude }) => [longitude, latitude] },
  {
    name: 'GeoJSON, swapped',
    weight: 0.8,
    write: ({ longitude, latitude }) => ({ type: 'Point', coordinates: [latitude, longitude] }),
  },
  { name: '[lat, lng]', weight: 0.5, write: ({ longitude, latitude }) => [latitude, longitude] },
  {
    name: '{ lat, lng }, swapped',
    weight: 0.5,
    write: ({ longitude, latitude }) => ({ lat: round6(longitude), lng: round6(latitude) }),
  },
  {
    name: '[0, 0]',
    weight: 0.6,
    write: (_, r) => r.pick<unknown>([[0, 0], { type: 'Point', coordinates: [0, 0] }, { lat: 0, lng: 0 }]),
  },
];

const photoUrl = ({ mlsNumber }: ListingFacts, n: number) => `https://photos.example.com/${rx(mlsNumber)}/${n + 1}.jpg`;
const captions = [
  'Front',
  'Kitchen',
  'Living room',
  'Patio',
  'Primary suite',
  'Street view',
  'Bath',
  'Garage',
  'Aerial',
  'Floor plan',
];
const photosOf = <T>(facts: ListingFacts, write: (url: string, n: number) => T) =>
  Array.from({ length: facts.photos }, (_, n) => write(photoUrl(facts, n), n));

export const photoForms: readonly Form<ListingFacts>[] = [
  {
    name: '[{ url, caption }]',
    weight: 3,
    write: (facts) => photosOf(facts, (url, n) => ({ url, caption: captions[n % captions.length] })),
  },
  { name: '[url]', weight: 3, write: (facts) => photosOf(facts, (url) => url) },
  { name: 'count', weight: 2, write: (facts) => facts.photos },
];

const escapeHtml = (text: string) => text.replace(/&/g, '&amp;').replace(/é/g, '&eacute;');

export const descriptionForms: readonly Form<string>[] = [
  { name: 'text', weight: 4, write: (text) => text },
  {
    name: 'HTML',
    weight: 2,
    write: (text, r) =>
      r.pick([
        `<p>${escapeHtml(text).replace('! ', '!</p><p>')}</p>`,
        `<b>JUST LISTED</b><br/>${escapeHtml(text)}<br><br><a href="https://tours.example.com/">Virtual tour</a>`,
        `<div style="font-family:Arial"><span>${escapeHtml(text)}</span>&nbsp;</div>`,
      ]),
  },
  { name: 'Latin-1 read as UTF-8', weight: 2, write: (text) => Buffer.from(text, 'utf8').toString('latin1') },
];
