import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { holderOf } from '../../../platform/lease/lease.ts';
import { writeSample } from '../../../samples/generator/write-sample.ts';
import { holdLock } from '../../queries/hold-table.ts';
import { programArguments } from '../../support/bundle.ts';
import { endConnectionOf, takeFromHolder, takerWaits } from '../../support/postgres/leases.ts';
import { makeTemporaryFolder, removeFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { streamsOf, type TestImporter, testImporter } from '../support/importer.ts';

/** An import that takes a moment. */
const folder = makeTemporaryFolder();
let wanted: Awaited<ReturnType<typeof streamsOf>>;

before(async () => {
  await writeSample({ folder, listings: 200, contacts: 200, seed: 'lost', dirt: 0.3 });
});
after(() => removeFolder(folder));

/** The result of an undisturbed import. */
const undisturbed = async (t: Parameters<typeof testImporter>[0]) => {
  if (wanted === undefined) {
    const importer = await testImporter(t);
    await importer.importFolder(folder);
    wanted = await streamsOf(importer.store);
  }
  return wanted;
};

/** Everything that an import has written so far. */
const writtenBy = async ({ db, store }: TestImporter): Promise<string> => {
  const { rows } = await sql`
    select (select count(*) from ops.import_document) as documents, (select count(*) from ops.import_record) as records,
      (select count(*) from ops.import_pending) as pending, (select count(*) from ops.quarantine) as quarantined,
      (select max(xmin::text::bigint) from ops.import_run) as run`.execute(db);
  return JSON.stringify([rows, String((await store.lastOwnPosition())?.commit)]);
};

/** Holds imports up where they note their first records: a fast one would be over before anything can happen to it. */
const holdUp = async ({ db, databaseUrl }: TestImporter) => {
  const { release } = await holdLock(databaseUrl, 'ops.import_record', 'share');
  const underWay = () =>
    until('the import to note records', async () => {
      const { rows } = await sql`
        select from pg_locks where relation = 'ops.import_record'::regclass and not granted
          and database = (select oid from pg_database where datname = current_database())`.execute(db);
      return rows.length > 0;
    });
  return { underWay, release };
};

test('an import that loses its lease commits nothing more and stops', async (t) => {
  const importer = await testImporter(t);
  const { underWay, release } = await holdUp(importer);
  const importing = importer.importFolder(folder).then(
    () => undefined,
    (error: unknown) => error,
  );
  await underWay();
  const taking = takeFromHolder(importer.db, 'import');
  await takerWaits(importer.db);
  await release();
  await taking;
  const records = () => sql`select count(*) from ops.import_record`.execute(importer.db);
  const { rows: before } = await records();
  const error = (await importing) as { code?: string } | undefined;
  assert.equal(error?.code, 'import-taken-over', String(error));
  assert.deepEqual((await records()).rows, before);
  const left = await writtenBy(importer);
  await sleep(500);
  assert.equal(await writtenBy(importer), left);

  await importer.importFolder(folder);
  assert.deepEqual(await streamsOf(importer.store), await undisturbed(t));
});

test('an import whose lease connection ends stops, and another one can start at once', async (t) => {
  const importer = await testImporter(t);
  const { underWay, release } = await holdUp(importer);
  const importing = importer.importFolder(folder).then(
    () => undefined,
    (error: unknown) => error,
  );
  await underWay();
  await endConnectionOf(importer.db, 'import');
  const second = importer.importFolder(folder);
  const error = (await importing) as { code?: string } | undefined;
  await release();
  assert.ok(['import-taken-over', 'database-unreachable'].includes(error?.code ?? ''), String(error));
  await second;
  assert.deepEqual(await streamsOf(importer.store), await undisturbed(t));
});

test('an import that was frozen until another one took over appends nothing more when it resumes', async (t) => {
  const importer = await testImporter(t);
  const { underWay, release } = await holdUp(importer);
  const program = programArguments('tests/importers/support/import-once.ts');
  const frozen = spawn(process.execPath, [...program, importer.databaseUrl, importer.eventStoreUrl, folder], {
    stdio: 'ignore',
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  const ended = once(frozen, 'exit');
  await underWay();
  frozen.kill('SIGSTOP');
  await release();
  assert.match((await holderOf(importer.db, 'import')) ?? '', new RegExp(`pid ${frozen.pid}`));
  await importer.importFolder(folder);
  const left = await writtenBy(importer);
  frozen.kill('SIGCONT');
  const [code] = await ended;
  assert.notEqual(code, 0);
  assert.equal(await writtenBy(importer), left);
  assert.deepEqual(await streamsOf(importer.store), await undisturbed(t));
});
