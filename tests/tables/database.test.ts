import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { knownCode } from '../../projections/engine/builds/code.ts';
import { columnName } from '../../projections/projection.ts';
import { projectionEntries } from '../../projections/registry.ts';
import { typed } from '../../tables/database.ts';
import { opsTables } from '../../tables/ops/ops-tables.ts';
import { migratedDatabase } from '../support/postgres/migrated-database.ts';

test('the tables of ops are those that the migrations create, with each column, its type and its default', async (t) => {
  const db = await migratedDatabase(t);
  const { rows } = await sql<{ place: string; type: string }>`
    select table_name || '.' || column_name as place,
      case data_type when 'timestamp with time zone' then 'timestamptz' when 'ARRAY' then case udt_name when '_int8' then 'bigint[]' else 'text[]' end
        when 'numeric' then case numeric_scale when 2 then 'numeric(14,2)' else 'numeric' end else data_type end
        || case when is_nullable = 'YES' then ' null'
          when column_default is not null or is_identity = 'YES' then ' default' else '' end as type
    from information_schema.columns where table_schema = 'ops' and table_name !~ '_migrations(_lock)?$'`.execute(db);
  const listed = Object.entries(opsTables).flatMap(([table, columns]) =>
    Object.entries(columns).map(([column, type]) => ({ place: `${columnName(table)}.${columnName(column)}`, type })),
  );
  assert.deepEqual(inOrder(listed), inOrder(rows));
});

test('rows come back under the names that the projections give their columns', async (t) => {
  const db = await migratedDatabase(t);
  await sql`insert into read.listings (listing_key, list_price, internet_address_display_yn, close_date, features, media, revision)
    values ('l1', 525000, false, '2026-03-01', '{Pool}', '[{"media_url": "x"}]', 3)`.execute(db);
  const [row] = await typed(db).selectFrom('read.listings').selectAll().execute();
  assert.deepEqual(
    [row?.listingKey, row?.listPrice, row?.internetAddressDisplayYN, row?.closeDate, row?.features, row?.revision],
    ['l1', '525000.00', false, '2026-03-01', ['Pool'], '3'],
  );
  assert.deepEqual(row?.media, [{ media_url: 'x' }], 'what is inside a jsonb column keeps its names');
});

test('every name survives the round trip to PostgreSQL', async (t) => {
  const db = await migratedDatabase(t);
  const tables = [...Object.values(opsTables), ...(await knownColumns())];
  for (const columns of tables) {
    const names = Object.keys(columns);
    const { rows } = await sql<Record<string, unknown>>`
      select ${sql.join(names.map((name) => sql`null as ${sql.id(columnName(name))}`))}`.execute(typed(db));
    assert.deepEqual(Object.keys(rows[0]!).sort(), names.sort());
  }
});

const knownColumns = async () => {
  const columns: object[] = [];
  for (const { projection } of knownCode(projectionEntries)) {
    columns.push(...Object.values(projection.tables).map((table) => table.columns));
  }
  return columns;
};

const inOrder = (columns: readonly { place: string; type: string }[]) =>
  [...columns].sort((one, other) => (one.place < other.place ? -1 : 1));
