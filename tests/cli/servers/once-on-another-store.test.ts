import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { property, user } from '../../importers/support/documents.ts';
import { writeDump } from '../../importers/support/dump.ts';
import { openhouse } from '../../support/command.ts';
import { testEventStore } from '../../support/event-store/test-event-store.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('--once with EVENTSTORE_URL and the embedded PostgreSQL ends without a warning: connections close before the server does', async (t) => {
  const database = await testDatabase();
  const server = await testEventStore(database.url, { insecure: true });
  t.after(async () => {
    await server.close();
    await database.drop();
  });
  const dump = writeDump(t, { users: [user()], properties: [property()] });
  const home = join(temporaryFolder(t), 'home');
  const extraEnv = { EVENTSTORE_URL: server.url, OPENHOUSE_DUMP: dump };
  const { code, stdout, stderr } = await openhouse(['start', '--once', '--json', '--home', home], { extraEnv });
  assert.equal(code, 0, stderr);
  assert.equal((JSON.parse(stdout) as { events: number }).events, 2);
  assert.doesNotMatch(stderr, /terminating connection|was lost|warn/i);
});
