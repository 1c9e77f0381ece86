import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCriteria } from '../../../importers/legacy/criteria/read-criteria.ts';
import { matches } from '../../../matching/saved-search.ts';
import fc, { runs } from '../../support/fast-check.ts';

type Query = Readonly<Record<string, unknown>>;

const cities = ['Boca Raton', 'Delray Beach', 'Lantana'];
const zips = ['33432', '33483', '33462'];

const home = fc.record({
  city: fc.constantFrom(...cities),
  postalCode: fc.constantFrom(...zips),
  listPrice: fc.constantFrom(299_999.99, 300_000, 300_000.01, 450_000, 500_000),
  bedroomsTotal: fc.integer({ min: 0, max: 5 }),
});
type Home = { city: string; postalCode: string; listPrice: number; bedroomsTotal: number };

/** The fields of a home, by their names in queries of the old CRM. */
const fieldOf = (name: string, found: Home): unknown =>
  ({ city: found.city, zip: found.postalCode, price: found.listPrice, beds: found.bedroomsTotal })[name];

/**
 * The meaning of a query in MongoDB, written independently of our reader, except that single numbers have the old CRM's
 * meaning: at least so many bedrooms, at most this price. A condition that it does not know matches nothing.
 */
const strictly = (query: Query, found: Home): boolean =>
  Object.entries(query).every(([name, wanted]) => {
    if (name === '$and') return (wanted as Query[]).every((one) => strictly(one, found));
    if (name === '$or') return (wanted as Query[]).some((one) => strictly(one, found));
    const value = fieldOf(name, found);
    if (value === undefined) return false;
    return holds(name, value, wanted);
  });

const holds = (name: string, value: unknown, wanted: unknown): boolean => {
  if (typeof wanted !== 'object' || wanted === null) {
    if (name === 'price') return (value as number) <= (wanted as number);
    return name === 'beds' ? (value as number) >= (wanted as number) : value === wanted;
  }
  if (Array.isArray(wanted)) return wanted.includes(value);
  return Object.entries(wanted).every(([operator, operand]) => {
    switch (operator) {
      case '$gte':
        return (value as number) >= operand;
      case '$gt':
        return (value as number) > operand;
      case '$lte':
        return (value as number) <= operand;
      case '$lt':
        return (value as number) < operand;
      case '$eq':
        return value === operand;
      case '$ne':
        return value !== operand;
      case '$in':
        return (operand as unknown[]).includes(value);
      case '$nin':
        return !(operand as unknown[]).includes(value);
      default:
        return false;
    }
  });
};

const operators = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof(
    { weight: 8, arbitrary: value },
    { weight: 4, arbitrary: fc.array(value, { minLength: 1, maxLength: 2 }) },
    fc.array(value, { minLength: 1, maxLength: 2 }).map(($in) => ({ $in })),
    fc.array(value, { minLength: 1, maxLength: 2 }).map(($nin) => ({ $nin })),
    value.map(($eq) => ({ $eq })),
    value.map(($ne) => ({ $ne })),
  );
const limits = (value: fc.Arbitrary<number>) =>
  fc.oneof(
    { weight: 2, arbitrary: value },
    fc.dictionary(fc.constantFrom('$gte', '$gt', '$lte', '$lt'), value, { minKeys: 1, maxKeys: 1 }),
    fc.dictionary(fc.constantFrom('$gte', '$gt', '$lte', '$lt', '$eq', '$ne', '$mod'), value, {
      minKeys: 1,
      maxKeys: 2,
    }),
  );

const { query } = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.record(
    {
      city: operators(fc.constantFrom(...cities)),
      zip: operators(fc.constantFrom(...zips)),
      price: limits(fc.constantFrom(300_000, 450_000, 500_000)),
      beds: limits(fc.integer({ min: 1, max: 4 })),
      $and: fc.array(tie('query'), { minLength: 1, maxLength: 2 }),
      $or: fc.oneof(
        fc.array(tie('query'), { minLength: 1, maxLength: 2 }),
        fc.array(
          fc.oneof(
            fc.constantFrom(...cities).map((city) => ({ city })),
            fc.constantFrom(...zips).map((zip) => ({ zip })),
          ),
          { minLength: 1, maxLength: 3 },
        ),
      ),
    },
    { requiredKeys: [], noNullPrototype: true },
  ) as fc.Arbitrary<Query>,
}));

test('a query that is understood never matches a home that the old CRM would not have matched', () => {
  let understood = 0;
  fc.assert(
    fc.property(query, fc.array(home, { minLength: 1, maxLength: 20 }), (asked, homes) => {
      const read = readCriteria(asked);
      if (read === undefined || read.problems.length > 0) return;
      understood++;
      for (const found of homes) {
        if (matches(read.criteria, found)) assert.ok(strictly(asked, found), JSON.stringify({ asked, found }));
      }
    }),
    { numRuns: runs(5_000) },
  );
  assert.ok(understood > 100, 'enough homes match for the property to mean something');
});

/** The entries of a query that have operators, each as a condition of a list. */
const asConditions = (asked: Query): readonly object[] =>
  Object.entries(asked).flatMap(([field, wanted]) =>
    field.startsWith('$') || typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)
      ? []
      : Object.entries(wanted).map(([operator, value]) => ({ field, op: operator.slice(1), value })),
  );

test('a list of conditions never matches a home that the same query as an object would not', () => {
  let understood = 0;
  fc.assert(
    fc.property(query, fc.array(home, { minLength: 1, maxLength: 20 }), fc.boolean(), (asked, homes, asText) => {
      const conditions = asConditions(asked);
      const read = readCriteria(asText ? JSON.stringify(conditions) : conditions);
      if (conditions.length === 0 || read === undefined || read.problems.length > 0) return;
      understood++;
      for (const found of homes) {
        if (!matches(read.criteria, found)) continue;
        for (const { field, op, value } of conditions as readonly { field: string; op: string; value: unknown }[])
          assert.ok(strictly({ [field]: { [`$${op}`]: value } }, found), JSON.stringify({ conditions, found }));
      }
    }),
    { numRuns: runs(5_000) },
  );
  assert.ok(understood > 100, 'enough homes match for the property to mean something');
});

test('any value is understood completely, is a problem, or is empty', () => {
  fc.assert(
    fc.property(fc.anything({ maxDepth: 4 }), (found) => {
      const read = readCriteria(found);
      if (read === undefined) return;
      assert.ok(read.problems.every(({ code }) => code !== ''));
    }),
    { numRuns: runs(2_000) },
  );
});

test('no query takes more than linear time, whatever text is in it', () => {
  const cost = (size: number, unit: string): number => {
    const body = unit.repeat(size / unit.length);
    const start = process.cpuUsage();
    for (const name of ['city', 'zip', 'keywords', 'type', 'price', 'polygon', 'status'])
      readCriteria({ [name]: body });
    readCriteria(body);
    readCriteria({ [body]: 1 });
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  // Below this a time says nothing of its growth.
  const floor = 1_000;
  for (const unit of [',', ' ', 'a ', '1-', '[', '\u200b', '{"a":', 'FL ']) {
    const small = Math.max(cost(30_000, unit), floor / 66);
    let large = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 4 && large > small * 66; attempt++) large = Math.min(large, cost(1_000_000, unit));
    assert.ok(large <= small * 66, `${Math.round(large)} ms for a megabyte of ${JSON.stringify(unit)}`);
  }
});
