import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { openWorld } from '../history/support.ts';
import { openhouse } from '../support/command.ts';
import { openConsole, seed } from './support.ts';

test('dates in a document are shown in ISO 8601, and the times of an entry with their zone', async (t) => {
  const world = await openWorld();
  t.after(() => world.close());
  await seed(world);
  const raw = { _id: { $numberInt: '7' }, listedAt: { $date: { $numberLong: '1774965909000' } } };
  const { rows } = await sql<{ id: string }>`insert into ops.quarantine
      (collection, document_key, legacy_id, place, code, path, reason, raw, content_hash, first_seen_at, last_seen_at)
    values ('properties', '7', '7', 'properties.bson@1', 'status-missing', 'status', 'No status', ${JSON.stringify(raw)}, 'y',
      '2026-03-30T10:00:00Z', '2026-03-31T10:00:00Z') returning quarantine_id as id`.execute(world.db);
  const console = await openConsole(world);
  t.after(() => console.close());
  const id = rows[0]!.id;
  const page = await (await fetch(`${console.url}/quarantine/${id}`)).text();
  assert.match(page, /&quot;\$date&quot;: &quot;2026-03-31T14:05:09\.000Z&quot;/);
  assert.doesNotMatch(page, /numberLong|numberInt/);
  assert.match(page, /First seen<\/dt><dd><time datetime="2026-03-30T10:00:00\.000Z">2026-03-30 06:00:00 EDT<\/time>/);
  assert.match(await (await fetch(`${console.url}/quarantine`)).text(), /2026-03-31T14:05:09\.000Z/);
  const extraEnv = { DATABASE_URL: world.databaseUrl, EVENTSTORE_URL: world.eventStoreUrl };
  const show = async (...more: string[]) => (await openhouse(['quarantine', 'show', id, ...more], { extraEnv })).stdout;
  assert.match(await show(), /First seen 2026-03-30 06:00 EDT[\s\S]*"\$date": "2026-03-31T14:05:09\.000Z"/);
  assert.deepEqual(JSON.parse(JSON.parse(await show('--json')).raw), raw);
});
