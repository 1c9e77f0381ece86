/**
 * `npm test [-- files or folders…] [--grep pattern]`: runs tests/**\/*.test.ts, a few in a process, on one shared PostgreSQL
 * that is thrown away afterwards. The last line says how many ran; the exit code is 0 only if none failed.
 *
 * With `OPENHOUSE_TEST_EVENTSTORE` they run on real nodes, without the embedded event store's own tests.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isRunning } from '../platform/process-identity.ts';
import { bundlePrograms, bundleVariable } from './support/bundle.ts';
import { testsUseRealEventStore } from './support/event-store/real-event-store.ts';
import { accessVariable, testAccess } from './support/event-store/test-event-store.ts';
import { seedVariable, testSeed } from './support/fast-check.ts';
import { migratedTemplate, templateVariable } from './support/postgres/migrated-database.ts';
import { sharedPostgresVariable, testPostgres } from './support/postgres/test-postgres.ts';
import { inSharedProcesses } from './support/shared-process.ts';

const tests = fileURLToPath(new URL('.', import.meta.url));
/** Of the embedded event store alone; they can still be named one by one. */
const embeddedTests = join(tests, 'eventstore/embedded/');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { grep: { type: 'string', short: 'g' } },
});

const files = (positionals.length > 0 ? positionals.map((path) => resolve(path)) : [tests]).flatMap(testFiles).sort();
if (files.length === 0) fail(`no test file below ${positionals.join(', ')}`);

removeLeftovers();
const postgres = await testPostgres();
process.env[sharedPostgresVariable] = postgres.url;
process.env[templateVariable] = (await migratedTemplate()).name;
process.env[accessVariable] = dirname(testAccess().keyFile);
const bundle = await bundlePrograms(files.length);
process.env[bundleVariable] = bundle.folder;

// One for all files, also if it is random.
process.env[seedVariable] = String(testSeed());
console.log(`${seedVariable}=${process.env[seedVariable]}`);

const count = { passed: 0, failed: 0, skipped: 0 };
const events = run({
  files: [...inSharedProcesses(files, bundle.folder)],
  // The machine that counts has two cores. Tests start servers of their own and often wait for them, so three files keep it busy.
  concurrency: 3,
  // A file that hangs is reported as a failure, instead of keeping the run from ending. Files that someone names may take as long
  // as they were asked to, with many seeds or runs.
  ...(positionals.length > 0 ? {} : { timeout: 15 * 60_000 }),
  ...(values.grep === undefined ? {} : { testNamePatterns: [new RegExp(values.grep)] }),
});
events.on('test:pass', (test) => {
  if (test.details.type === 'suite') return;
  // Those that --grep leaves out are reported as skipped too.
  if (test.skip === 'test name does not match pattern') return;
  if (test.skip !== undefined && test.skip !== false) count.skipped++;
  else count.passed++;
});
events.on('test:fail', (test) => {
  // A suite fails with its tests; alone it fails when a hook of it does.
  if (test.details.type !== 'suite' || test.details.error.cause !== undefined) count.failed++;
});
for await (const text of events.compose(new spec())) process.stdout.write(text);

await postgres.close();
bundle.remove();
process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0;
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);

function testFiles(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) fail(`there is no ${path}`);
  if (!found.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(path, name))
    .filter((file) => !(testsUseRealEventStore && file.startsWith(embeddedTests)));
}

/** Temporary folders of test processes that were killed before they could tidy up. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^openhouse-test-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
