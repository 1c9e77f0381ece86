import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { pino } from 'pino';
import { changeOwnership } from '../../commands/ownership/change-ownership.ts';
import { openConsole } from '../console/support.ts';
import { openWorld } from '../history/support.ts';
import { byPerson } from '../importers/support/importer.ts';
import { migrateAll } from '../support/postgres/migrated-database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { run } from './injections/injection.ts';
import { assertGone, assertShown, lookAround, type Settings } from './look-around.ts';

const postmark = {
  POSTMARK_SERVER_TOKEN: 't',
  POSTMARK_FROM: 'Sunshine Homes <homes@example.com>',
  OPENHOUSE_BASE_URL: 'https://homes.example.com',
};

/** A console and a doctor with these settings, besides those of the servers. */
const withSettings = async (t: TestContext, settings: Settings) => {
  const world = await openWorld();
  t.after(() => world.close());
  const seenWith = async (more: Settings) => {
    const env = { ...settings, ...more };
    const console = await openConsole(world, pino({ level: 'silent' }), '127.0.0.1', env);
    try {
      return await lookAround(console, world, env);
    } finally {
      await console.close();
    }
  };
  return { world, seenWith };
};

test('postal-address-missing: e-mail is really sent, and OPENHOUSE_BROKERAGE_ADDRESS is not set', async (t) => {
  const { seenWith } = await withSettings(t, postmark);
  const seen = await seenWith({});
  assertShown('postal-address-missing', seen);
  assert.deepEqual([seen.health.status, seen.doctor.code], ['attention', 3]);
  assertGone('postal-address-missing', await seenWith({ OPENHOUSE_BROKERAGE_ADDRESS: '12 Main St, Boca Raton, FL' }));
});

test('postmark-reports-off and -missing: Postmark cannot report, or has stopped', async (t) => {
  const { world, seenWith } = await withSettings(t, postmark);
  await migrateAll(world.db);
  assertShown('postmark-reports-off', await seenWith({}));
  const withSecret = { POSTMARK_WEBHOOK_SECRET: 's', OPENHOUSE_BROKERAGE_ADDRESS: '12 Main St, Boca Raton, FL' };
  const reported = (ago: string) => sql`
    insert into ops.postmark_report (report_key, received_at) values (${ago}, clock_timestamp() - ${ago}::interval)`;
  await sql`
    insert into ops.outbox (dedupe_key, channel, kind, recipient, message, state, sent_at)
    select number, 'email', 'alert-digest', 'ana@example.com', '{}', 'sent', clock_timestamp() - interval '3 hours'
    from generate_series(1, 5) as number`.execute(world.db);
  await reported('4 hours').execute(world.db);
  await sql`update ops.postmark_report set handled_at = received_at, result = 'recorded'`.execute(world.db);
  const seen = await seenWith(withSecret);
  assertGone('postmark-reports-off', seen);
  assertShown('postmark-reports-missing', seen);
  assert.match(seen.metrics, /^openhouse_postmark_last_report_seconds \d{9}/m);
  await sql`update ops.postmark_report set received_at = clock_timestamp() - interval '1 hour'`.execute(world.db);
  assertGone('postmark-reports-missing', await seenWith(withSecret));
});

test('legacy-type-not-mapped, legacy-other-mapping and legacy-differs: the old CRM and what openhouse owns do not fit', async (t) => {
  const { world, seenWith } = await withSettings(t, { MONGO_URL: 'mongodb://127.0.0.1:1/legacy' });
  await migrateAll(world.db);
  await changeOwnership(world.store, 'listing', 'openhouse', byPerson);
  await run(
    world.db,
    `insert into ops.import_run (kind, source, started_at, finished_at, result, mapping)
     values ('import', 'mongodb://127.0.0.1/legacy', now(), now(), 'succeeded', 'home-grown')`,
    `insert into ops.import_document (collection, legacy_id, content_hash, payload, record_key, import_run_id, readers)
     values ('properties', '1', 'x', '{"fields": {}}', 'l1', 1, 1)`,
  );
  const mapping = join(temporaryFolder(t), 'leads.yaml');
  writeFileSync(mapping, 'name: leads-only\nleads:\n  collections: [people]\n  fields:\n    email: mail\n');
  const others = await seenWith({ OPENHOUSE_MAPPING: mapping });
  for (const name of ['legacy-type-not-mapped', 'legacy-other-mapping']) assertShown(name, others);
  assertGone('legacy-differs', others);

  const compared = (same: number) =>
    run(
      world.db,
      `insert into ops.parity_run (record_type, started_at, finished_at, documents, records, same, differing, only_legacy,
         only_openhouse, buckets)
       values ('listing', now(), now(), 10, 10, ${same}, ${10 - same}, 0, 0, '[]')`,
    );
  await compared(8);
  const differing = await seenWith({});
  for (const name of ['legacy-type-not-mapped', 'legacy-other-mapping']) assertGone(name, differing);
  assertShown('legacy-differs', differing);

  const ran = async (kind: string, version: string) =>
    await run(
      world.db,
      `insert into ops.import_run (kind, source, started_at, finished_at, result, mapping, mapping_version)
       values ('${kind}', 'mongodb://127.0.0.1/legacy', now(), now(), 'succeeded', 'home-grown', '${version}')`,
    );
  for (const [kind, version] of [
    ['import', 'first'],
    ['remap', 'corrected'],
    ['import', 'corrected'],
  ] as const)
    await ran(kind, version);
  assertGone('legacy-other-mapping', await seenWith({}));
  await ran('import', 'changed-since');
  assertGone('legacy-other-mapping', await seenWith({}));
  await ran('import', 'first');
  assertShown('legacy-other-mapping', await seenWith({}));
  await ran('remap', 'first');
  assertGone('legacy-other-mapping', await seenWith({}));
  const found = differing.health.problems.find(({ condition }) => condition === 'legacy-differs');
  assert.match(found?.text ?? '', /^2 of 10 listings differed when both sides were last compared/);
  await compared(10);
  assertGone('legacy-differs', await seenWith({}));
});
