import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { migrateImport } from '../../../importers/migrations.ts';
import { openLeases } from '../../../platform/lease/session.ts';
import { listBuilds } from '../../../projections/engine/builds/builds.ts';
import { leaseOf } from '../../../projections/engine/builds/lease.ts';
import { writeSample } from '../../../samples/generator/write-sample.ts';
import { finished, startOpenhouse } from '../../support/command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { contact } from '../support/documents.ts';
import { writeDump } from '../support/dump.ts';
import { streamsOf, type TestImporter, testImporter } from '../support/importer.ts';

/** `openhouse import`, as a person runs it. */
const start = ({ databaseUrl, eventStoreUrl }: TestImporter, folder: string) =>
  startOpenhouse(['import', folder, '--json'], {
    extraEnv: { DATABASE_URL: databaseUrl, EVENTSTORE_URL: eventStoreUrl },
  });

type Imported = { events: number; readModelsBehind: string[] };

const importWhole = async (importer: TestImporter, folder: string): Promise<Imported> => {
  const { code, stdout, stderr } = await finished(start(importer, folder));
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Imported;
};

/** Starts an import that cannot get past adding rows to a table, and interrupts it there. */
const stopAt = async (importer: TestImporter, folder: string, table: string, signal: NodeJS.Signals) => {
  const { db } = importer;
  await sql`create function public.wait_for_test() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock(1); return null; end $$`.execute(db);
  await sql`create trigger wait before insert on ${sql.table(table)} execute function public.wait_for_test()`.execute(
    db,
  );
  const ended = await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(1)`.execute(transaction);
    const child = start(importer, folder);
    const ended = finished(child);
    await until(
      'the import to wait for the table',
      async () => {
        const { rows } = await sql`
          select from pg_locks where locktype = 'advisory' and objid = 1 and not granted
            and database = (select oid from pg_database where datname = current_database())`.execute(db);
        return rows.length > 0;
      },
      120_000,
    );
    child.kill(signal);
    return { ended };
  });
  const result = await ended.ended;
  await sql`drop function public.wait_for_test cascade`.execute(db);
  return result;
};

test('Ctrl-C and SIGTERM stop an import with a message, and the next one continues', async (t) => {
  const folder = temporaryFolder(t);
  await writeSample({ folder, listings: 200, contacts: 200, seed: 'stopped', dirt: 0.3 });
  const undisturbed = await testImporter(t);
  await importWhole(undisturbed, folder);
  const wanted = await streamsOf(undisturbed.store);

  const importer = await testImporter(t);
  await migrateImport(importer.db);
  const reading = await stopAt(importer, folder, 'ops.import_document', 'SIGTERM');
  const appending = await stopAt(importer, folder, 'ops.import_record', 'SIGINT');
  assert.deepEqual([reading.code, appending.code], [143, 130], reading.stderr + appending.stderr);
  for (const { stdout, stderr } of [reading, appending]) {
    assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'interrupted');
    assert.match(stderr, /^the import was stopped; [\d,]+ events were appended\.\n$/);
  }
  const appended = (await importer.events()).length;
  assert.ok(appended > 0);
  const { rows } = await sql`select result, events from ops.import_run order by import_run_id`.execute(importer.db);
  assert.deepEqual(rows, [
    { result: 'interrupted', events: '0' },
    { result: 'interrupted', events: String(appended) },
  ]);
  assert.ok((await importWhole(importer, folder)).events > 0, 'there was something left to do');
  assert.deepEqual(await streamsOf(importer.store), wanted);
});

test('Ctrl-C while the read models are being updated: the import is done, its result says that they are behind, and the next one updates them', async (t) => {
  const importer = await testImporter(t);
  await importWhole(importer, writeDump(t, { contacts: [contact({ email: 'first@person.test' })] }));
  const later = writeDump(t, { contacts: [contact({ email: 'second@person.test' })] });
  // It waits for the process that feeds them.
  const leases = await openLeases(importer.db, { holder: 'another process', lastsMs: 60_000 });
  for (const build of await listBuilds(importer.db)) await leases.take(leaseOf(build));
  const child = start(importer, later);
  const ended = finished(child);
  child.stderr!.on('data', (text: string) => {
    if (text.includes('updating the read models')) child.kill('SIGINT');
  });
  const { code, stdout, stderr } = await ended;
  await leases.close();
  assert.equal(code, 130, stderr);
  const { events, readModelsBehind } = JSON.parse(stdout) as Imported;
  assert.ok(events > 0);
  assert.deepEqual(readModelsBehind, ['all']);
  assert.match(stderr, /openhouse: stopped while updating the read models\n {2}Everything else is done/);
  const next = await importWhole(importer, later);
  assert.deepEqual([next.events, next.readModelsBehind], [0, []]);
});
