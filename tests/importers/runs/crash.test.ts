import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { isUserError } from '../../../platform/errors.ts';
import { writeSample } from '../../../samples/generator/write-sample.ts';
import { programArguments } from '../../support/bundle.ts';
import { temporaryFolder } from '../support/dump.ts';
import { holdsEvents, killableImporter, streamsOf, type TestImporter, testImporter } from '../support/importer.ts';

const program = programArguments('tests/importers/support/import-once.ts');

const startImport = (importer: TestImporter, folder: string): ChildProcess =>
  spawn(process.execPath, [...program, importer.databaseUrl, importer.eventStoreUrl, folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });

/** The progress of an import: staged documents and applied records, and the end of the event store. */
type Progress = { readonly done: number; readonly end: number };

const progressOf = async ({ db, store }: TestImporter): Promise<Progress> => {
  const end = Number((await store.lastPosition())?.commit ?? 0n);
  const { rows } = await sql<{
    tables: boolean;
  }>`select to_regclass('ops.import_record') is not null as tables`.execute(db);
  if (rows[0]?.tables !== true) return { done: 0, end };
  const counted = await sql<{ done: string }>`
    select (select count(*) from ops.import_document) + (select count(*) from ops.import_record) as done`.execute(db);
  return { done: Number(counted.rows[0]?.done), end };
};

/** The share of the work that is done. (Positions may count events or bytes.) */
const shareOf = ({ done, end }: Progress, total: Progress): number => (done / total.done + end / total.end) / 2;

/** Kills (-9) an import once it has done more than a share of the work; returns whether it was still running. */
const killPast = async (importer: TestImporter, folder: string, share: number, total: Progress): Promise<boolean> => {
  const child = startImport(importer, folder);
  const ended = once(child, 'exit');
  while (child.exitCode === null && shareOf(await progressOf(importer), total) < share) await sleep(2);
  const killed = child.exitCode === null && child.kill('SIGKILL');
  await ended;
  return killed;
};

test('an import that is killed again and again arrives at the same streams as an undisturbed one', async (t) => {
  const folder = temporaryFolder(t);
  await writeSample({ folder, listings: 250, contacts: 250, seed: 'crash', dirt: 0.5 });
  const undisturbed = await testImporter(t);
  await undisturbed.importFolder(folder);
  const wanted = await streamsOf(undisturbed.store);
  const total = await progressOf(undisturbed);

  const killed = await testImporter(t);
  let kills = 0;
  for (const share of [0.2, 0.55, 0.7, 0.85]) {
    // Not twice at the same point.
    if (await killPast(killed, folder, share + Math.random() * 0.05, total)) kills++;
  }
  assert.ok(kills >= 2, `it was killed ${kills} times`);
  const last = await killed.importFolder(folder);
  assert.deepEqual(last.problems, []);
  assert.deepEqual(await streamsOf(killed.store), wanted);
  assert.equal((await killed.importFolder(folder)).events, 0);
  const { rows } = await sql<{ result: string; count: string }>`
    select result, count(*) from ops.import_run group by 1 order by 1`.execute(killed.db);
  assert.deepEqual(
    rows.map(({ result }) => result),
    ['failed', 'succeeded'],
    'the killed runs are on record',
  );
});

test('of two imports at once, the second waits and finds everything done', async (t) => {
  const folder = temporaryFolder(t);
  await writeSample({ folder, listings: 60, contacts: 60, seed: 'two', dirt: 0.3 });
  const importer = await testImporter(t);
  const summaries = await Promise.all([importer.importFolder(folder), importer.importFolder(folder)]);
  const events = summaries.map((summary) => summary.events).sort((a, b) => a - b);
  assert.equal(events[0], 0);
  assert.equal(events[1], (await importer.events()).length);
});

test('an import ends with a message when the event store goes away, and the next one continues', async (t) => {
  const folder = temporaryFolder(t);
  await writeSample({ folder, listings: 800, contacts: 800, seed: 'gone', dirt: 0.3 });
  const importer = await killableImporter(t);
  const importing = importer.importFolder(folder, { patienceMs: 500 }).then(
    () => undefined,
    (error: unknown) => error,
  );
  while (!(await holdsEvents(importer.store, 100))) await sleep(2);
  await importer.server.kill();
  const error = await importing;
  assert.ok(isUserError(error), `worded for a person: ${String(error)}`);
  assert.equal(error.code, 'event-store-unreachable');
  assert.equal(error.exitCode, 4);
  const { rows } = await sql<{ result: string }>`select result from ops.import_run`.execute(importer.db);
  assert.deepEqual(rows, [{ result: 'failed' }]);
  await importer.restart();
  assert.ok((await importer.importFolder(folder)).events > 0);
  assert.equal((await importer.importFolder(folder)).events, 0);
});
