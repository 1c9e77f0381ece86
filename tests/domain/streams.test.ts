import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aggregateNames, aggregates, eventDefinitions, parseStreamName, streamName } from '../../domain/events.ts';
import fc from '../support/fast-check.ts';

suite('stream names', () => {
  test('are the aggregate and the key, and can be read back whatever the key', () => {
    fc.assert(
      fc.property(fc.constantFrom(...aggregateNames), fc.string({ minLength: 1 }), (aggregate, key) => {
        assert.deepEqual(parseStreamName(streamName(aggregate, key)), { aggregate, key });
      }),
    );
    assert.equal(streamName('savedSearch', '1-2'), 'savedSearch-1-2');
  });

  for (const stream of [
    '',
    '-',
    'listing',
    'listing-',
    'listings',
    'leads',
    'Listing-1',
    '$ce-listing',
    'other-1',
    '-1',
  ]) {
    test(`${JSON.stringify(stream)} is not one of our streams`, () => assert.equal(parseStreamName(stream), null));
  }
});

test('an event type belongs to one aggregate', () => {
  const all = aggregateNames.flatMap((name) => aggregates[name].map(({ type }) => type));
  assert.equal(new Set(all).size, all.length);
  assert.equal(eventDefinitions.size, all.length);
});
