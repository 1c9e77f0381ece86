import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { dismissEntries } from '../../../importers/quarantine/dismiss-entries.ts';
import { retryEntries } from '../../../importers/quarantine/retry-entries.ts';
import { property } from '../support/documents.ts';
import { now, quarantined, testImporter } from '../support/importer.ts';
import { deps, edit, entryOf, unreachable } from './corrections.ts';

test('a retry reads those of the named entries that are still in quarantine, and says which are not', async (t) => {
  const importer = await testImporter(t);
  await importer.import({ contacts: [unreachable()], properties: [property({ status: undefined })] });
  const [contactEntry, home] = [await entryOf(importer, 'contacts'), await entryOf(importer, 'properties')];
  await edit(importer, contactEntry, [{ path: 'email', value: 'ana@example.com' }]);
  const { tried, still, notes } = await retryEntries(deps(importer), { ids: [contactEntry, home] });
  assert.deepEqual([tried, still.length, notes], [1, 1, [`Entry ${contactEntry} is not in quarantine any more.`]]);
});

test('a dismissed entry is hidden until its document changes or someone retries it', async (t) => {
  const importer = await testImporter(t);
  const ana = unreachable();
  await importer.import({ contacts: [ana] });
  const id = await entryOf(importer, 'contacts');
  const open = async () =>
    (await sql`select from ops.quarantine where resolved_at is null and dismissed_at is null`.execute(importer.db)).rows
      .length;
  const dismiss = () => dismissEntries(importer.db, [id], { by: 'dana', because: 'a test', now: new Date(now) });
  assert.equal(await dismiss(), 1);
  await importer.import({ contacts: [ana] });
  assert.equal(await open(), 0);
  await retryEntries(deps(importer), { ids: [id] });
  assert.equal(await open(), 1);
  await dismiss();
  await importer.import({ contacts: [{ ...ana, email: 'other', updatedAt: new Date('2025-03-01') }] });
  assert.equal(await open(), 1);
});

test('a retry imports what a corrected mapping understands, as a run of its own', async (t) => {
  const { compileMapping } = await import('../../../importers/mappings/compile.ts');
  const { loadMapping } = await import('../../../importers/mappings/load-mapping.ts');
  const importer = await testImporter(t);
  const odd = Array.from({ length: 120 }, (_, n) =>
    property({ mlsId: `RX-3000${1000 + n}`, status: undefined, st: 'Active' }),
  );
  const documents = { properties: [...odd, ...odd.map((one) => ({ ...one, ...property() }))] };
  await importer.import(documents, { acceptQuarantine: 'dana' });
  assert.equal((await quarantined(importer.db)).length, 120);
  const shipped = await loadMapping();
  const { listings, ...others } = shipped.file;
  const standardStatus = { from: [{ path: 'status' }, { path: 'st' }] };
  const mapping = compileMapping({
    ...others,
    name: 'corrected',
    listings: { ...listings!, fields: { ...listings!.fields, standardStatus } },
  });
  const before = (await importer.types()).length;
  const tried = await retryEntries(deps(importer), { code: 'status-missing' }, { mapping, dryRun: true });
  assert.deepEqual(
    [tried.tried, tried.resolved, tried.eventCount],
    [120, [{ collection: 'properties', count: 120 }], 120],
  );
  const done = await retryEntries(deps(importer), { code: 'status-missing' }, { mapping });
  assert.deepEqual([done.resolved, done.still], [[{ collection: 'properties', count: 120 }], []]);
  assert.equal((await importer.types()).length - before, 120);
  const { rows } = await sql<{ kind: string }>`select kind from ops.import_run order by import_run_id`.execute(
    importer.db,
  );
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ['import', 'retry'],
  );
});
