import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Kysely } from 'kysely';
import { openDatabase } from '../../platform/database/database.ts';
import { storableJson } from '../../platform/database/storable.ts';
import { copyText } from '../../projections/engine/builds/copy-text.ts';
import { createStatements, tableSql } from '../../projections/engine/builds/tables.ts';
import { query } from '../../projections/engine/database.ts';
import type { ColumnType, Projection, Row, Table } from '../../projections/projection.ts';
import fc, { runs } from '../support/fast-check.ts';
import { testDatabase } from '../support/postgres/test-postgres.ts';

// Few rows are written as JSON, many by COPY: which of the two must not make a difference.

let db: Kysely<unknown>;
let close: () => Promise<void>;

before(async () => {
  const database = await testDatabase();
  const opened = openDatabase<unknown>(database.url, { applicationName: 'written rows test', max: 2 });
  db = opened.db;
  close = async () => {
    await opened.close();
    await database.drop();
  };
});
after(async () => close());

const types: readonly ColumnType[] = [
  ...(['text', 'text[]', 'integer', 'bigint', 'numeric', 'numeric(14,2)', 'double precision'] as const),
  ...(['boolean', 'date', 'timestamptz', 'jsonb'] as const),
];

const columns = { key: 'text', ...Object.fromEntries(types.map((type) => [type.replace(/\W+/g, ' ').trim(), type])) };
const table: Table = { columns: columns as Table['columns'], key: ['key'], record: 'key' };
const nameOf = (type: ColumnType) => type.replace(/\W+/g, ' ').trim();

const projection = (name: string): Projection => ({
  name,
  version: 1,
  tables: { written: table },
  categories: ['any'],
  eventTypes: ['Any'],
  handle: () => {},
});

const odd = fc.constantFrom('\\', '\\N', '\\.', '\t', '\n', '\r', '\0', '\b', '"', "'", '{', '}', ',', 'NULL', '', ' ');
const text = fc
  .array(fc.oneof(odd, fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '😀', '\u2028', '\\u0000')), {
    maxLength: 4,
  })
  .map((parts) => parts.join(''));
const number = fc.oneof(
  fc.integer(),
  fc.constantFrom(-0, 0.1, 1e21, 123456789.125, Number.NaN, Number.POSITIVE_INFINITY),
);
const json = fc.oneof(fc.jsonValue(), fc.record({ odd: text, list: fc.array(text) }), text, number);
const whole = fc.integer({ min: -2_147_483_648, max: 2_147_483_647 });
const amount = fc.integer({ min: -1_000_000_00, max: 1_000_000_00 }).map((cents) => cents / 100);
const day = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true });

const valuesOf: Readonly<Record<ColumnType, fc.Arbitrary<unknown>>> = {
  text: fc.oneof(text, number, fc.boolean(), fc.array(text, { maxLength: 2 }), fc.record({ text })),
  'text[]': fc.oneof(
    fc.array(fc.oneof(text, fc.constant(null), number, fc.boolean(), fc.record({ text })), { maxLength: 3 }),
    fc.constantFrom('{a,"b c"}', [
      ['a', 'b'],
      ['c', '"d\\'],
    ]),
  ),
  integer: fc.oneof(whole, whole.map(String)),
  bigint: fc.oneof(fc.maxSafeInteger(), fc.constantFrom('9223372036854775807', ' 12 ')),
  numeric: fc.oneof(amount, fc.constantFrom('12345678901234567890.123456789', 1e21, Number.NaN)),
  'numeric(14,2)': fc.oneof(amount, amount.map(String)),
  'double precision': fc.oneof(fc.double({ noDefaultInfinity: true }), fc.constantFrom('Infinity', '-0', Number.NaN)),
  boolean: fc.oneof(fc.boolean(), fc.constantFrom('true', 'no', 't')),
  date: day.map((date) => date.toISOString().slice(0, 10)),
  timestamptz: day.map((date) => date.toISOString()),
  jsonb: json,
};

const rows: fc.Arbitrary<Row[]> = fc.uniqueArray(
  fc.record({
    key: text,
    ...Object.fromEntries(
      types.map((type) => [
        nameOf(type),
        fc.option(valuesOf[type], { freq: 8, nil: type === 'text' ? undefined : null }),
      ]),
    ),
  }),
  { maxLength: 5, selector: ({ key }) => Buffer.from(key.replaceAll('\0', '\ufffd')).toString() },
);

const written = async (schema: string): Promise<string[]> => {
  const found = await query<{ row: string }>(db, `select w::text as row from "${schema}".written w order by 1`);
  return found.map(({ row }) => row);
};

test('rows are the same whether they are written as JSON, by COPY, or by COPY over earlier ones', async () => {
  const places = ['as_json', 'as_copy', 'as_staged'] as const;
  for (const place of places) {
    for (const statement of createStatements(place, projection(place))) await query(db, statement);
  }
  const [asJson, asCopy, asStaged] = places.map((place) => tableSql(place, projection(place))[0]!);
  await fc.assert(
    fc.asyncProperty(rows, rows, async (first, second) => {
      for (const place of places) await query(db, `truncate "${place}".written`);
      for (const batch of [first, second]) await query(db, asJson!.upsert, [storableJson(batch)]);
      await db.transaction().execute(async (trx) => {
        const later = new Set(second.map(({ key }) => key));
        const kept = [...first.filter(({ key }) => !later.has(key)), ...second];
        await query(trx, asCopy!.copy, [copyText(kept, table)]);
      });
      for (const batch of [first, second]) {
        await db.transaction().execute(async (trx) => {
          await query(trx, asStaged!.staged.create);
          await query(trx, asStaged!.staged.copy, [copyText(batch, table)]);
          await query(trx, asStaged!.staged.upsert);
        });
      }
      const [json, copy, staged] = await Promise.all(places.map(written));
      assert.deepEqual(copy, json);
      assert.deepEqual(staged, json);
    }),
    { numRuns: runs(60) },
  );
});

test('a row that COPY rejects fails like one that JSON has, and the connection can be used again', async () => {
  const place = 'rejected';
  for (const statement of createStatements(place, projection(place))) await query(db, statement);
  const [sql] = tableSql(place, projection(place));
  const bad = [{ key: 'a', integer: 'twelve' }];
  for (let attempt = 0; attempt < 4; attempt++) {
    await assert.rejects(query(db, sql!.copy, [copyText(bad, table)]), { code: '22P02' });
    await assert.rejects(query(db, sql!.upsert, [storableJson(bad)]), { code: '22P02' });
  }
  await query(db, sql!.copy, [copyText([{ key: 'a', integer: 12 }], table)]);
  await assert.rejects(query(db, sql!.copy, [copyText([{ key: 'a', integer: 12 }], table)]), { code: '23505' });
  assert.equal((await written(place)).length, 1);
});
