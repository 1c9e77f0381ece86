import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { isWide, keepRow, openRow, viewRow } from '../../projections/engine/feeding/keeping/kept-row.ts';
import { openTextStore, readText } from '../../projections/engine/feeding/keeping/text-store.ts';
import type { Row, Table } from '../../projections/projection.ts';
import fc from '../support/fast-check.ts';

// What a rebuild keeps in memory in a smaller form must be the same row.

const store = openTextStore();
after(() => store.close());

const names = Array.from({ length: 40 }, (_, index) => `column${index}`);
const table: Table = {
  columns: Object.fromEntries(names.map((name) => [name, 'jsonb'])),
  key: ['column0'],
  record: 'column0',
};

const value = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(undefined, null, '', '\ud800', 0, false),
);
const changes: fc.Arbitrary<Row> = fc.dictionary(fc.constantFrom(...names), value);
const row: fc.Arbitrary<Row> = fc
  .tuple(...names.map(() => value))
  .map((values) => Object.fromEntries(names.map((name, index) => [name, values[index]])));

/** As handlers and tables know rows: JSON values, and null or undefined for none. */
const meaning = (given: Row): Row =>
  Object.fromEntries(
    Object.entries(given)
      .filter(([, one]) => one !== undefined && one !== null)
      .map(([name, one]) => [name, JSON.parse(JSON.stringify(one))]),
  );

test('a row kept in a smaller form is the same row, with whatever has changed since', () => {
  fc.assert(
    fc.property(row, fc.array(changes, { maxLength: 4 }), (first, later) => {
      let kept = keepRow(first, table, store);
      for (const some of later) kept = kept.with(some);
      const expected = meaning(Object.assign({}, first, ...later));
      assert.deepEqual(meaning(openRow(kept, table)), expected);
      assert.deepEqual(Object.keys(openRow(kept, table)), names);
      const again = keepRow(openRow(kept, table), table, store);
      assert.deepEqual(meaning(openRow(again, table)), expected);
    }),
  );
});

test('a handler sees the same values whether it looks at one column or at all of them', () => {
  fc.assert(
    fc.property(row, changes, fc.constantFrom(...names), (first, later, column) => {
      const kept = keepRow(first, table, store).with(later);
      const expected = meaning({ ...first, ...later });
      const one = viewRow(kept, table)[column];
      assert.deepEqual(
        one === undefined || one === null ? undefined : JSON.parse(JSON.stringify(one)),
        expected[column],
      );
      assert.deepEqual(meaning({ ...viewRow(kept, table) }), expected);
      assert.deepEqual(Object.keys(viewRow(kept, table)), names);
      assert.equal(column in viewRow(kept, table), true);
      assert.equal('other' in viewRow(kept, table), false);
      assert.equal(viewRow(kept, table).other, undefined);
    }),
  );
});

test('what a handler does to a row that it looks at changes nothing but its own copy', () => {
  const kept = keepRow({ column0: 'a', column1: [1] }, table, store);
  const seen = viewRow(kept, table);
  seen.column1 = [2];
  delete seen.column0;
  assert.deepEqual([seen.column0, seen.column1], [undefined, [2]]);
  assert.deepEqual(meaning(openRow(kept, table)), { column0: 'a', column1: [1] });
});

test('a row that is being written stays as it was while later events change it', () => {
  const kept = keepRow({ column0: 'a', column1: 1 }, table, store).with({ column2: 2 }).share();
  const later = kept.with({ column1: 3 }).with({ column2: 4 });
  assert.deepEqual(meaning(openRow(kept, table)), { column0: 'a', column1: 1, column2: 2 });
  assert.deepEqual(meaning(openRow(later, table)), { column0: 'a', column1: 3, column2: 4 });
});

test('a row larger than any block of memory is kept whole', () => {
  const long = 'é'.repeat(3 * 1024 * 1024);
  assert.equal(openRow(keepRow({ column0: 'a', column1: long }, table, store), table).column1, long);
});

test('narrow tables keep their rows as they are', () => {
  assert.equal(isWide(table), true);
  assert.equal(isWide({ ...table, columns: { column0: 'text', column1: 'text' } }), false);
});

test('texts that a store has moved to its file are read as they were, and closing it leaves nothing behind', () => {
  const descriptors = () => readdirSync('/proc/self/fd').length;
  const before = process.platform === 'linux' ? descriptors() : 0;
  const small = openTextStore(2);
  const texts = Array.from({ length: 400 }, (_, index) => `${index} ${'ö'.repeat(10_000)}`);
  const stored = texts.map((text) => small.add(text));
  assert.ok(stored.some(({ block }) => block.memory === undefined));
  assert.ok(stored.filter(({ block }) => block.memory !== undefined).length < 200);
  for (const index of [399, 0, 200, 1, 398]) assert.equal(readText(stored[index]!), texts[index]);
  assert.deepEqual(stored.map(readText), texts);
  small.close();
  if (process.platform === 'linux') assert.equal(descriptors(), before);
});

test('a store that cannot write its file keeps everything in memory', () => {
  const temporary = process.env.TMPDIR;
  process.env.TMPDIR = '/nonexistent';
  try {
    const small = openTextStore(2);
    const texts = Array.from({ length: 400 }, (_, index) => `${index} ${'x'.repeat(20_000)}`);
    const stored = texts.map((text) => small.add(text));
    assert.deepEqual(stored.map(readText), texts);
    small.close();
  } finally {
    if (temporary === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = temporary;
  }
});
