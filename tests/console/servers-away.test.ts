import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openWorld, type World } from '../history/support.ts';
import { emptyStore } from '../support/event-store/empty-store.ts';
import { openConsole } from './support.ts';

suite('when a server is away', () => {
  test('reports that the event store is down and still shows the rest', async () => {
    const world = await openWorld();
    const console = await openConsole(world);
    try {
      await world.stopEventStore();
      const page = await fetch(console.url);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /Something is down.*event store does not answer/s);
      const health = await fetch(`${console.url}/health`);
      assert.deepEqual([health.status, ((await health.json()) as { status: string }).status], [503, 'down']);
      assert.match(await (await fetch(`${console.url}/metrics`)).text(), /part_up\{part="Event store"\} 0/);
    } finally {
      await console.close();
      await world.close();
    }
  });

  test('reports that PostgreSQL is down', async () => {
    const { openDatabase } = await import('../../platform/database/database.ts');
    const nobody = openDatabase<unknown>('postgres://nobody@127.0.0.1:1/none', { applicationName: 'test' });
    const store = emptyStore as World['store'];
    const databaseUrl = 'postgres://nobody@127.0.0.1:1/none';
    const console = await openConsole({
      db: nobody.db as World['db'],
      store,
      databaseUrl,
      eventStoreUrl: 'esdb://127.0.0.1:1',
    });
    try {
      assert.match(await (await fetch(console.url)).text(), /PostgreSQL does not answer/);
      assert.equal((await fetch(`${console.url}/health`)).status, 503);
      const outbox = await fetch(`${console.url}/outbox`);
      assert.deepEqual([outbox.status, /A server does not answer/.test(await outbox.text())], [503, true]);
    } finally {
      await console.close();
      await nobody.close();
    }
  });
});
