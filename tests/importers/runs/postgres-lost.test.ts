import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { importDump } from '../../../importers/dump/import-dump.ts';
import { isUserError } from '../../../platform/errors.ts';
import { writeSample } from '../../../samples/generator/write-sample.ts';
import { openStores } from '../../support/event-store/stores.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { testPostgres } from '../../support/postgres/test-postgres.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { allEvents, holdsEvents, now } from '../support/importer.ts';

test('an import ends with a message when PostgreSQL goes away, and the next one continues', async (t) => {
  const folder = temporaryFolder(t);
  await writeSample({ folder, listings: 800, contacts: 800, seed: 'gone', dirt: 0.3 });
  const data = temporaryFolder(t);
  let postgres = await testPostgres({ folder: data, durable: true });
  const stores = await openStores({ database: { url: postgres.url, drop: () => postgres.close() } });
  t.after(() => stores.close());
  const { db, store } = stores;
  const importFolder = () => importDump({ db, store, clock: fixedClock(now) }, folder);

  const importing = importFolder().then(
    () => undefined,
    (error: unknown) => error,
  );
  while (!(await holdsEvents(store, 100))) await sleep(2);
  await postgres.kill();
  const error = await importing;
  assert.ok(isUserError(error), `worded for a person: ${String(error)}`);
  // Both servers depend on it: the call that was in progress determines the code.
  assert.ok(['database-unreachable', 'event-store-unreachable'].includes(error.code), error.code);
  assert.equal(error.exitCode, 4);

  postgres = await testPostgres({ folder: data, preferredPort: postgres.port, durable: true });
  await until('the event store to answer again', () =>
    store.lastPosition().then(
      () => true,
      () => false,
    ),
  );
  assert.ok((await importFolder()).events > 0);
  assert.equal((await importFolder()).events, 0);
  const events = await allEvents(store);
  assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
});
