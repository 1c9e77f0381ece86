import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectionText, notByDateText, numberRange, rangeTexts } from '../../../cli/import/inspection-text.ts';

test('numbers that are moments are shown as dates too, seconds only where the path is called like a time', () => {
  const seconds = { min: 1_012_345_678, max: 1_712_345_678 };
  for (const path of ['created', 'created_at', 'soldOn', 'meta.ts', 'listing_date', 'updatedDt']) {
    assert.equal(
      numberRange(path, seconds),
      '2002-01-29 to 2024-04-05 in seconds, 1,012,345,678 to 1,712,345,678',
      path,
    );
  }
  for (const path of ['agent_id', 'lon', 'seat', 'parts']) {
    assert.equal(numberRange(path, seconds), '1,012,345,678 to 1,712,345,678', path);
  }
  const milliseconds = { min: 1_712_345_678_000, max: 1_712_345_678_000 };
  assert.equal(numberRange('x', milliseconds), 'always 2024-04-05 in milliseconds, always 1,712,345,678,000');
  assert.equal(numberRange('date', { min: 0, max: 1_712_345_678 }), '0 to 1,712,345,678');
  assert.equal(numberRange('year', { min: 1950, max: 2024 }), '1950 to 2024');
});

test('an inspection says what is only a sample, and what to do about a database without collections', () => {
  const collection = { name: 'homes', documents: 2_000, unreadable: 0, notByDate: 1, paths: [], morePaths: false };
  const type = {
    type: 'listings',
    sampled: 1_000,
    understood: 1_000,
    inPart: 0,
    quarantined: 0,
    quarantine: {},
    warnings: {},
    found: {},
  };
  const textOf = (collections: readonly object[]) =>
    inspectionText({ source: 'x', mapping: { name: 'm', version: '1' }, collections, notes: [] } as never);
  assert.match(
    textOf([{ ...collection, recordTypes: [type] }]),
    /As listings: of a sample of 1,000 documents, 1,000 understood/,
  );
  assert.match(textOf([{ ...collection, documents: 1_000, recordTypes: [type] }]), /As listings: of 1,000 documents, /);
  assert.match(textOf([]), /There are no collections\. Check the name of the database/);
  assert.match(notByDateText(collection as never)[0]!, /^1 document has no date of the last change that sorts by time/);
});

test('a range says that it is only about the numbers where there are other values besides', () => {
  const price = { path: 'price', numbers: { min: 900_000, max: 900_000 } };
  const shown = (types: object) => rangeTexts({ ...price, types } as unknown as Parameters<typeof rangeTexts>[0]);
  assert.deepEqual(shown({ number: 2, null: 1 }), ['always 900,000']);
  assert.deepEqual(shown({ number: 1, text: 4 }), ['the numbers: always 900,000']);
});
