import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BSONRegExp } from 'bson';
import { readCriteria } from '../../../importers/legacy/criteria/read-criteria.ts';
import { boca, held, understood } from './support/criteria.ts';

suite('a query that is not understood completely reports', () => {
  test('patterns and operators that our criteria cannot express', () => {
    held({ city: { $regex: '^boca' }, maxPrice: 900000 }, 'city criterion-unclear');
    held({ city: new BSONRegExp('^boca', 'i') }, 'city place-unclear');
    held({ city: '^boca' }, 'city place-unclear');
    for (const operator of ['$ne', '$not', '$nin', '$exists', '$all', '$elemMatch', '$type', '$mod']) {
      for (const name of ['city', 'zip', 'type', 'keywords', 'price', 'beds', 'polygon', 'status']) {
        const read = readCriteria({ [name]: { [operator]: ['Boca Raton'] } });
        assert.equal(read?.problems.length, 1, `${name} ${operator}`);
        assert.deepEqual(read?.criteria, {});
      }
    }
    held({ city: { $in: ['Boca Raton'], $ne: 'Delray Beach' } }, 'city criterion-unclear');
    held({ city: { $in: [] } }, 'city criterion-unclear');
    held({ $nor: [{ city: 'Boca Raton' }] }, '$nor criterion-unknown');
    held({ $where: 'this.price < 3' }, '$where criterion-unknown');
  });

  test('alternatives that our criteria cannot express', () => {
    held({ $or: [{ city: 'Boca Raton' }, { maxPrice: 500000 }] }, '$or criterion-unclear');
    held({ $or: [{ city: 'Boca Raton', zip: '33432' }, { zip: '33483' }] }, '$or criterion-unclear');
    held({ $or: [{ city: 'Boca Raton' }, { city: { $regex: 'x' } }] }, '$or criterion-unclear');
    held({ $or: [{ city: 'Boca Raton' }, {}] }, '$or criterion-unclear');
    held({ $or: [] }, '$or criterion-unclear');
    held({ $and: [{ city: { $ne: 'Boca Raton' } }] }, '$and criterion-unclear');
  });

  test('unknown values, even next to known ones', () => {
    held({ type: 'Penthouse', city: 'Boca Raton' }, 'type type-unknown');
    held({ types: ['Condo', 'Penthouse'] }, 'types type-unknown');
    held({ city: ['Any', 'Boca Raton'] }, 'city place-unclear');
    held({ city: 'not Boca Raton' }, 'city place-unclear');
    held({ city: 'Boca*' }, 'city place-unclear');
    for (const city of [
      'FL',
      'Florida',
      'None',
      'N/A',
      'TBD',
      'Palm Beach County',
      'East of I-95',
      '5 miles of Lantana',
    ]) {
      held({ city }, 'city place-unclear');
    }
    held({ zip: '334' }, 'zip place-unclear');
    for (const keywords of [
      'pool & dock',
      'pool + dock',
      'pool/dock',
      'must have pool',
      "don't want carpet",
      '!carpet',
    ]) {
      held({ keywords }, 'keywords criterion-unclear');
    }
    held({ zip: '3343' + '2x' }, 'zip place-unclear');
    held({ zip: [33432, 'x'.repeat(101)] }, 'zip place-unclear');
    held({ keywords: ['pool', '-HOA'] }, 'keywords criterion-unclear');
    held({ maxPrice: 'Call' }, 'maxPrice criterion-unclear');
    held({ maxPrice: 0 }, 'maxPrice criterion-unclear');
    held({ minPrice: '300k-450k' }, 'minPrice criterion-unclear');
    held({ beds: [3, 4, 5] }, 'beds criterion-unclear');
    held({ beds: 2.5 }, 'beds criterion-unclear');
    held({ mood: 'sunny', maxPrice: 500000 }, 'mood criterion-unknown');
    held({ exclude: ['Boca Raton'] }, 'exclude criterion-unknown');
  });

  test('areas with holes or in several parts, and invalid points', () => {
    const ring = [
      [-80.1, 26.3],
      [-80, 26.3],
      [-80, 26.4],
    ];
    held({ polygon: { type: 'Polygon', coordinates: [ring, ring] } }, 'polygon not-a-polygon');
    held({ polygon: { type: 'MultiPolygon', coordinates: [[ring]] } }, 'polygon not-a-polygon');
    held({ polygon: ring.slice(1) }, 'polygon not-a-polygon');
    held({ polygon: [...ring, ['a', 'b']] }, 'polygon not-a-polygon');
    // One corner with its numbers swapped would reach to Antarctica.
    held({ polygon: [...ring, [26.4, -80.1]] }, 'polygon not-a-polygon');
    held({ loc: { $geoWithin: { $centerSphere: [[-80, 26], 0.1] } } }, 'loc not-a-polygon');
  });

  test('limits on rooms that exclude the limit itself, in words', () => {
    for (const beds of [{ over: 3 }, { Above: 3 }, 'greater than 3', 'gt 3', 'higher than 3', 'fewer than 4', '> 3'])
      held({ beds }, 'beds criterion-unclear');
    held({ beds: { gt: 3, gte: 2 } }, 'beds criterion-unclear');
  });

  test('criteria that contradict each other', () => {
    held({ minPrice: 500000, maxPrice: 300000 }, 'maxPrice criteria-contradict');
    held({ price: '450k-300k' }, 'price criteria-contradict');
    held({ city: 'Boca Raton', cities: ['Delray Beach'] }, 'cities criteria-contradict');
    held({ minBeds: 4, maxBeds: 2 }, 'maxBeds criteria-contradict');
    held({ keywords: 'pool', keyword: 'dock' }, 'keyword criteria-contradict');
    held({ price: { $gte: 300000, $lte: 0 } }, 'price criteria-contradict');
  });

  test('anything that is not a query', () => {
    held('{oops', 'query query-unreadable');
    held([{ city: 'Boca Raton' }], 'query query-unreadable');
    held(17, 'query query-unreadable');
    assert.equal(readCriteria({}), undefined);
    assert.equal(readCriteria('{}'), undefined);
    assert.equal(readCriteria(''), undefined);
    assert.equal(readCriteria(null), undefined);
  });

  test('a form in which nothing was chosen is empty, which is not "Any"', () => {
    for (const query of [
      { cities: [], types: [''], polygon: [], price: [], minPrice: null },
      { city: [null] },
      { $and: [{}] },
      { $and: [{ zips: [] }] },
    ]) {
      assert.equal(readCriteria(query), undefined, JSON.stringify(query));
    }
    understood({ city: 'Boca Raton', cities: [], polygon: [], features: [] }, boca);
    held({ city: 'Boca Raton', $or: [] }, '$or criterion-unclear');
  });
});
