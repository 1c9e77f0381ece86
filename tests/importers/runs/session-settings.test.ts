import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { importDump } from '../../../importers/dump/import-dump.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { catchUp } from '../../../projections/index.ts';
import { openStores } from '../../support/event-store/stores.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { alertSent, contact, property, search, user } from '../support/documents.ts';
import { writeDump } from '../support/dump.ts';
import { now, streamsOf } from '../support/importer.ts';

/** Settings that an administrator may have made for a database, or a packager for the whole server. */
const unusual = {
  datestyle: 'German, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'Asia/Kolkata',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  client_encoding: 'LATIN1',
  default_transaction_isolation: 'serializable',
  default_transaction_read_only: 'on',
  search_path: 'nowhere',
  transform_null_equals: 'on',
  statement_timeout: '500ms',
  lock_timeout: '1ms',
};

const views = ['listings', 'leads', 'agents', 'saved_searches', 'listing_changes'];

/** All rows as our readers see them, without the times at which they were recorded. */
const readModels = async (db: Kysely<unknown>) => {
  const rows: Record<string, unknown> = {};
  for (const view of views) {
    const found = await sql<Record<string, unknown>>`select * from ${sql.table(`read.${view}`)} order by 1, 2`.execute(
      db,
    );
    rows[view] = found.rows.map((row) =>
      JSON.stringify(row, (key, value) => (/^(recorded|updated)_at$/.test(key) ? '' : value)),
    );
  }
  return rows;
};

test('the default settings of a database do not affect what is imported and read', async (t) => {
  const agent = user({ name: 'Zoë “Zo” Łukasz' });
  const buyer = contact({ createdAt: new Date('2025-03-04T05:06:07.089Z'), assignedTo: agent._id });
  const home = property({ listDate: new Date('2025-02-01T00:00:00Z'), soldDate: new Date('2025-04-03T00:00:00Z') });
  const wish = search(buyer._id, { name: String.raw`back\slash 'quoted'` });
  const folder = writeDump(t, {
    users: [agent],
    contacts: [buyer],
    properties: [home],
    savedsearches: [wish],
    alerts_sent: [alertSent(wish._id, home._id)],
  });
  const importInto = async (database: { url: string; drop(): Promise<void> }) => {
    const stores = await openStores({ database });
    t.after(() => stores.close());
    const { db, store } = stores;
    const summary = await importDump({ db, store, clock: fixedClock(now) }, folder);
    await catchUp({ db, store, log: createLogger({ level: 'silent' }) });
    const { rows: told } = await sql`select * from ops.sent_memory order by 1, 2`
      .execute(db)
      .catch(() => ({ rows: [] }));
    return { collections: summary.collections, streams: await streamsOf(store), rows: await readModels(db), told };
  };

  const usual = await importInto(await testDatabase());
  const altered = await testDatabase();
  const { db, close } = openDatabase<unknown>(altered.url, { applicationName: 'test' });
  const name = new URL(altered.url).pathname.slice(1);
  for (const [setting, value] of Object.entries(unusual)) {
    await sql.raw(`alter database ${name} set ${setting} = '${value}'`).execute(db);
  }
  await close();
  assert.deepEqual(await importInto(altered), usual);
  assert.equal(usual.collections.properties?.applied, 1);
});
