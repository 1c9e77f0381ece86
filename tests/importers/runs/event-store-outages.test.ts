import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectEventStore } from '../../../eventstore/event-store.ts';
import { importDump } from '../../../importers/dump/import-dump.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { writeSample } from '../../../samples/generator/write-sample.ts';
import { openEventStoreDouble } from '../../support/event-store/event-store-double.ts';
import { testEventStore } from '../../support/event-store/test-event-store.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { now, streamsOf, testImporter } from '../support/importer.ts';

const outageMs = 15_000;

test('an import appends the same events despite three leader changes, two lost answers and an outage of 15 s', async (t) => {
  const folder = temporaryFolder(t);
  await writeSample({ folder, listings: 150, contacts: 150, seed: 'outages', dirt: 0.3 });
  const undisturbed = await testImporter(t);
  await undisturbed.importFolder(folder);
  const wanted = await streamsOf(undisturbed.store);
  const streams = Object.keys(wanted).length;

  const database = await testDatabase();
  const server = await testEventStore(database.url, { insecure: true });
  const double = await openEventStoreDouble(server.port, 3);
  const { db, close } = openDatabase<unknown>(database.url, { applicationName: 'test' });
  const store = connectEventStore(double.url, { ms: 0 });
  const direct = connectEventStore(server.url);
  t.after(async () => {
    await store.close();
    await direct.close();
    await close();
    await double.close();
    await server.close();
    await database.drop();
  });

  const happened: string[] = [];
  const at = (share: number, what: string, work: () => void) => ({ from: Math.floor(streams * share), what, work });
  const plan = [
    at(0.1, 'leader changed', () => double.lead(double.nodes[1]!)),
    at(0.2, 'answer lost', () => double.appendFaults.push('dropped-after')),
    at(0.35, 'leader changed', () => double.lead(double.nodes[2]!)),
    at(0.5, 'outage', () => {
      for (const node of double.nodes) node.down();
      setTimeout(() => {
        for (const node of double.nodes) void node.up();
      }, outageMs);
    }),
    at(0.65, 'answer lost', () => double.appendFaults.push('dropped-after')),
    at(0.8, 'leader changed', () => double.lead(double.nodes[0]!)),
  ];
  double.onAppend = (count) => {
    while (plan[0] !== undefined && count >= plan[0].from) {
      const { what, work } = plan.shift()!;
      happened.push(what);
      work();
    }
  };

  const summary = await importDump({ db, store, clock: fixedClock(now) }, folder);
  assert.equal(happened.length, 6, `all of it happened: ${happened.join(', ')}`);
  assert.deepEqual(await streamsOf(direct), wanted);
  assert.equal(
    summary.events,
    Object.values(wanted).reduce((sum, events) => sum + events.length, 0),
  );
  assert.equal((await importDump({ db, store, clock: fixedClock(now) }, folder)).events, 0);
});
