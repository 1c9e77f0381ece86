import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { migrateImport } from '../../../importers/migrations.ts';
import { writeSample } from '../../../samples/generator/write-sample.ts';
import { finished, startOpenhouse } from '../../support/command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { streamsOf, type TestImporter, testImporter } from '../support/importer.ts';

/** `openhouse import`, as a person runs it. */
const start = ({ databaseUrl, eventStoreUrl }: TestImporter, folder: string) =>
  startOpenhouse(['import', folder, '--json'], {
    extraEnv: { DATABASE_URL: databaseUrl, EVENTSTORE_URL: eventStoreUrl },
  });

const importWhole = async (importer: TestImporter, folder: string): Promise<{ events: number }> => {
  const { code, stdout, stderr } = await finished(start(importer, folder));
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as { events: number };
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
