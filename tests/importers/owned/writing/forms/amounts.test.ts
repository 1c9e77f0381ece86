import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Double, Int32 } from 'bson';
import { loadMapping } from '../../../../../importers/mappings/load-mapping.ts';
import { contact, property } from '../../../support/documents.ts';
import { written } from '../written.ts';
import { expectWritten } from './expect-written.ts';

const reso = await loadMapping('reso');

test('an amount keeps its unit if it can express the new value exactly, and is a plain number otherwise', () => {
  for (const [before, listPrice, after] of [
    ['450K', 475_000, '475K'],
    ['$450k', 475_000, '$475k'],
    ['450 thousand', 475_000, '475 thousand'],
    ['450K obo', 475_000, '475K obo'],
    ['450K', 475_123, '475123'],
    ['$450K', 475_123, '$475123'],
    ['1.2M', 1_250_000, '1.25M'],
    ['$1.2M', 475_000, '$475000'],
    ['1 million', 2_000_000, '2 million'],
    ['0.45M', 475_000, '0.475M'],
    ['450.000', 475_000, '475.000'],
    ['450.000,00', 1_475_000, '1.475.000,00'],
    ["450'000", 475_000, "475'000"],
    ['450 000', 475_000, '475 000'],
  ] as const)
    expectWritten('listing', property({ price: before }), { listPrice }, { price: after });
});

test('a range in one text keeps its words and its units', () => {
  for (const [before, changes, after] of [
    ['300-450K', { listPriceMax: 475_000 }, '300-475K'],
    ['300K - 450K', { listPriceMin: 325_000 }, '325K - 450K'],
    ['$300,000 to $450,000', { listPriceMax: 475_000 }, '$300,000 to $475,000'],
    ['300K+', { listPriceMin: 325_000 }, '325K+'],
    ['under 450K', { listPriceMax: 475_000 }, 'under 475K'],
  ] as const)
    expectWritten('lead', contact({ budget: before }), changes, { budget: after });
});

test('an area keeps its unit, also where nothing names it', () => {
  for (const [lotSize, after] of [
    ['0.25 acres', '0.50 acres'],
    ['0.25', '0.50'],
    [new Double(0.25), new Double(0.5)],
    ['.25 ac', '0.50 ac'],
    ['1000 m²', '2023.43 m²'],
    ['10,890 sqft', '21,780 sqft'],
  ] as const)
    expectWritten('listing', property({ lotSize }), { lotSizeSquareFeet: 21_780 }, { lotSize: after });
});

test('a text with bathrooms keeps its way of counting them', () => {
  const changes = { bathroomsTotalInteger: 4, bathroomsFull: 3, bathroomsHalf: 1 };
  for (const [before, after] of [
    ['2/1', '3/1'],
    ['2F/1H', '3F/1H'],
    ['2 full, 1 half', '3 full, 1 half'],
    ['2.5', '3.5'],
  ])
    expectWritten('listing', property({ baths: before }), changes, { baths: after });
});

test('the number of photos is written where a document counts them, and never over a list of photos', () => {
  const home = { _id: '1', ListingKey: 'k1', ListingId: 'RX-10101234', StandardStatus: 'Active' };
  const photos = ['https://example.com/1.jpg', 'https://example.com/2.jpg'];
  expectWritten('listing', { ...home, PhotosCount: 2 }, { photosCount: 5 }, { PhotosCount: 5 }, reso);
  expectWritten('listing', property({ photos: 2 }), { photosCount: 5 }, { photos: 5 });
  expectWritten('listing', property({ photos }), { photosCount: 0, media: null }, { photos: [] });
  for (const changes of [{ photosCount: 5 }, { photosCount: 5, media: null }]) {
    const { document, unsaid } = written('listing', property({ photos }), changes);
    assert.deepEqual([document.photos, unsaid.includes('photosCount')], [photos, true]);
  }
  const media = [{ mediaURL: 'https://example.com/3.jpg' }];
  expectWritten(
    'listing',
    property({ photos: [{ href: photos[0] }] }),
    { photosCount: 1, media },
    { photos: [{ href: media[0]!.mediaURL }] },
  );
});

test('a fee says how often it is due where it did, in the same words', () => {
  const often = (associationFeeFrequency: string) => ({ associationFeeFrequency });
  for (const [hoaFee, changes, after] of [
    ['$350/mo', { associationFee: 425 }, '$425/mo'],
    ['$350/mo', often('Quarterly'), '$350/qtr'],
    ['$350/MO', { associationFee: 1_300, ...often('Annually') }, '$1300/YR'],
    ['350 monthly', often('Quarterly'), '350 quarterly'],
    ['350 Monthly', often('Semi-Annually'), '350 Semi-annually'],
    ['$350 per month', often('Quarterly'), '$350 per quarter'],
    ['Quarterly: $1,200', { associationFee: 1_350, ...often('Monthly') }, 'Monthly: $1,350'],
    ['HOA $350/mo', often('Quarterly'), 'HOA $350/qtr'],
    ['350 (monthly)', often('Quarterly'), '350 (quarterly)'],
    ['$350/mo', { associationFeeFrequency: null }, '$350'],
    [{ amount: 350, frequency: 'monthly' }, often('Quarterly'), { amount: 350, frequency: 'quarterly' }],
    [['$350/mo'], often('Quarterly'), ['$350/qtr']],
  ] as const)
    expectWritten('listing', property({ hoaFee }), changes, { hoaFee: after });
  const apart = property({ hoaFee: new Int32(350), hoaFrequency: 'mo' });
  expectWritten('listing', apart, often('Quarterly'), { hoaFrequency: 'qtr' });
  const both = property({ hoaFee: '$350/mo', hoaFrequency: 'Monthly' });
  expectWritten('listing', both, often('Quarterly'), { hoaFee: '$350/qtr', hoaFrequency: 'Quarterly' });
});

test('a range in a sub-document keeps the names of its ends', () => {
  for (const [budget, after] of [
    [
      { from: 300_000, to: 450_000 },
      { from: 300_000, to: 475_000 },
    ],
    [
      { minPrice: '300k', maxPrice: '450k' },
      { minPrice: '300k', maxPrice: '475k' },
    ],
  ])
    expectWritten('lead', contact({ budget }), { listPriceMax: 475_000 }, { budget: after });
});
