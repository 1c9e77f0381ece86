import { suite, test } from 'node:test';
import { Decimal128, Long } from 'bson';
import { boca, held, understood } from './support/criteria.ts';

suite('a query that is understood completely', () => {
  const query = {
    city: 'Boca Raton',
    zips: ['33432'],
    minPrice: '300k',
    maxPrice: 500000,
    beds: '3',
    baths: 2.5,
    minSqft: '1,800',
    types: ['Condo', 'Townhouse'],
    keywords: 'pool, waterfront',
  };
  const criteria = {
    cities: ['Boca Raton'],
    postalCodes: ['33432'],
    listPriceMin: 300000,
    listPriceMax: 500000,
    bedroomsMin: 3,
    bathroomsMin: 2.5,
    livingAreaMin: 1800,
    propertySubTypes: ['Condominium', 'Townhouse'],
    keywords: ['pool', 'waterfront'],
  };

  test('is read from an object, from JSON text, and from JSON text within JSON text', () => {
    understood(query, criteria);
    understood(JSON.stringify(query), criteria);
    understood(JSON.stringify(JSON.stringify(query)), criteria);
  });

  test('may use operators that our criteria can express', () => {
    understood(
      {
        city: { $in: ['Boca Raton'] },
        price: { $gte: 300000, $lte: new Decimal128('5E+5') },
        beds: { $gte: Long.fromNumber(3) },
      },
      { ...boca, listPriceMin: 300000, listPriceMax: 500000, bedroomsMin: 3 },
    );
    understood(
      { type: { $eq: 'Condo' }, beds: { $eq: 2 } },
      { propertySubTypes: ['Condominium'], bedroomsMin: 2, bedroomsMax: 2 },
    );
    understood(
      { beds: { $gt: 2, $lt: 5 }, price: { $lt: 500000 } },
      { bedroomsMin: 3, bedroomsMax: 4, listPriceMax: 499999.99 },
    );
    understood(
      { beds: { gt: 2, LT: 5 }, price: { lt: 500000 } },
      { bedroomsMin: 3, bedroomsMax: 4, listPriceMax: 499999.99 },
    );
  });

  test('may use the names of other forms', () => {
    understood(
      {
        priceMin: 300000,
        max_price: '450k',
        bedroomsMin: 2,
        'min-baths': 2,
        maxSqft: 2500,
        zipCode: 33432,
        propertyType: 'SFR',
      },
      {
        listPriceMin: 300000,
        listPriceMax: 450000,
        bedroomsMin: 2,
        bathroomsMin: 2,
        livingAreaMax: 2500,
        postalCodes: ['33432'],
        propertySubTypes: ['Single Family Residence'],
      },
    );
  });

  test('may have ranges in words', () => {
    understood({ price: '300k-450k' }, { listPriceMin: 300000, listPriceMax: 450000 });
    understood({ price: '300k+' }, { listPriceMin: 300000 });
    understood({ price: 'under 500k' }, { listPriceMax: 500000 });
    understood({ beds: '3+' }, { bedroomsMin: 3 });
    understood({ beds: 'studio' }, { bedroomsMin: 0 });
    understood({ beds: '2-4' }, { bedroomsMin: 2, bedroomsMax: 4 });
  });

  test('"Any", an empty value and "at least 0" do not limit anything', () => {
    for (const any of ['Any', 'all', ' ANY ', ['Any'], { $in: ['All'] }]) {
      understood({ city: any, type: any, keywords: any, maxPrice: 500000 }, { listPriceMax: 500000 });
    }
    understood({ city: 'Any' }, {});
    understood({ city: [], type: '', zip: null, minBeds: 0, minPrice: 0, maxPrice: 'Any', beds: 'any' }, {});
  });

  test('may list alternative places', () => {
    understood({ areas: ['Lantana', '33483'] }, { areas: { cities: ['Lantana'], postalCodes: ['33483'] } });
    understood({ areas: 'Lantana; Boca Raton' }, { cities: ['Lantana', 'Boca Raton'] });
    understood(
      { $or: [{ city: 'Boca Raton' }, { zip: '33432' }], maxPrice: 500000 },
      {
        areas: { cities: ['Boca Raton'], postalCodes: ['33432'] },
        listPriceMax: 500000,
      },
    );
    understood(
      { $or: [{ areas: ['Lantana', 33483] }, { city: 'Boca Raton' }] },
      {
        areas: { cities: ['Lantana', 'Boca Raton'], postalCodes: ['33483'] },
      },
    );
    understood({ keywords: '"no HOA"' }, { keywords: ['no HOA'] });
    understood({ $or: [{ type: 'Condo' }, { type: ['TH'] }] }, { propertySubTypes: ['Condominium', 'Townhouse'] });
    understood({ city: 'Boca Raton or Delray Beach' }, { cities: ['Boca Raton', 'Delray Beach'] });
    understood({ city: 'Boca Raton, FL' }, boca);
    understood({ city: 'Boca Raton FL' }, boca);
  });

  test('a town with a postal code requires both', () => {
    understood({ city: 'Boca Raton, FL 33432' }, { ...boca, postalCodes: ['33432'] });
    understood({ areas: ['Boca Raton FL 33432-1234'] }, { ...boca, postalCodes: ['33432'] });
    held({ areas: ['Boca Raton FL 33432', 'Lantana'] }, 'areas place-unclear');
  });

  test('conditions that must all hold are combined into the narrowest', () => {
    understood(
      { $and: [{ city: 'Boca Raton' }, { maxPrice: 500000 }, { $and: [{ beds: 3 }] }] },
      {
        ...boca,
        listPriceMax: 500000,
        bedroomsMin: 3,
      },
    );
    understood({ city: 'Boca Raton', cities: ['boca raton', 'Delray Beach'] }, boca);
    understood({ price: 500000, maxPrice: 450000, minBeds: 2, beds: 3 }, { listPriceMax: 450000, bedroomsMin: 3 });
  });

  test('may have an area drawn on a map, in any notation', () => {
    const ring = [
      [-80.1, 26.3],
      [-80, 26.3],
      [-80, 26.4],
    ];
    const closed = [...ring, ring[0]];
    understood({ polygon: ring }, { polygon: ring });
    understood({ polygon: closed }, { polygon: ring });
    understood({ polygon: ring.map(([lng, lat]) => ({ lat, lng })) }, { polygon: ring });
    understood({ polygon: ring.map(([lng, lat]) => ({ latitude: String(lat), longitude: lng })) }, { polygon: ring });
    understood({ polygon: ring.map(([lng, lat]) => [lng, lat, 3]) }, { polygon: ring });
    understood({ polygon: { type: 'Polygon', coordinates: [closed] } }, { polygon: ring });
    understood({ loc: { $geoWithin: { $geometry: { type: 'Polygon', coordinates: [closed] } } } }, { polygon: ring });
    understood({ loc: { $geoWithin: { $polygon: ring } } }, { polygon: ring });
    understood({ polygon: ring.map(([lng, lat]) => [lat, lng]) }, { polygon: ring }, ['coordinates-swapped']);
  });

  test('entries that do not narrow it are left out', () => {
    understood({ city: 'Boca Raton', sort: { price: 1 }, page: 2, __v: 0, deleted: { $ne: true } }, boca);
    understood({ status: 'Active', city: 'Boca Raton' }, { ...boca, standardStatuses: ['Active'] });
  });
});
