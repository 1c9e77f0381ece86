import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { openWorld } from '../../schedulers/support/world.ts';
import { finished, startOpenhouse } from '../../support/command.ts';
import { sharedMongo, withMongo } from '../../support/mongo-server.ts';
import { until } from '../../support/until.ts';

test('import --follow reports an error that is not one of the old CRM, and tries again', withMongo, async (t) => {
  const world = await openWorld(t);
  const mongo = await sharedMongo();
  await mongo.client.db().collection('properties').insertOne({ price: 450_000 });
  await sql`alter table ops.import_document rename to elsewhere`.execute(world.db);
  const child = startOpenhouse(['import', mongo.url, '--follow'], {
    extraEnv: { DATABASE_URL: world.databaseUrl, EVENTSTORE_URL: world.eventStoreUrl },
  });
  t.after(() => child.kill('SIGKILL'));
  const end = finished(child);
  let said = '';
  child.stderr!.on('data', (text: string) => {
    said += text;
  });
  await until('the error to be reported', () => /not in the database: .*import_document.* does not exist/.test(said));
  assert.equal(child.exitCode, null);
  child.kill('SIGINT');
  const { code, stderr } = await end;
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /^\s+at /m);
});
