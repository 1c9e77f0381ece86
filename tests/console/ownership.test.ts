import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { pino } from 'pino';
import { changeOwnership } from '../../commands/ownership/change-ownership.ts';
import { noteEdits } from '../../importers/differences/note-edits.ts';
import { markDue } from '../../importers/differences/outbox.ts';
import { openWorld } from '../history/support.ts';
import { openConsole, seed } from './support.ts';

test('the page of ownership shows for each record type who owns it, how both sides stand, and what does not fit', async (t) => {
  const world = await openWorld();
  t.after(() => world.close());
  await seed(world);
  const silent = pino({ level: 'silent' });
  const mongo = { MONGO_URL: 'mongodb://127.0.0.1:1/crm' };
  const console = await openConsole(world, silent, '127.0.0.1', mongo);
  t.after(() => console.close());
  const page = async (url = console.url) => await (await fetch(`${url}/ownership`)).text();
  const section = (text: string, type: string) => text.split('<article ').find((one) => one.includes(`id="${type}"`))!;

  const first = await page();
  assert.match(first, /<a href="\/conflicts"[^>]*>Conflicts<\/a>/);
  assert.match(first, /<a href="\/ownership" aria-current="page">Ownership<\/a>/);
  assert.match(section(first, 'listing'), /owned by the old CRM[\s\S]*the beginning[\s\S]*never/);
  assert.match(section(first, 'listing'), /openhouse cutover listing --because/);
  assert.doesNotMatch(first, /Never written back/);

  await changeOwnership(world.store, 'listing', 'openhouse', {
    actor: { kind: 'person', id: 'dana' },
    source: 'test',
    occurredAt: '2026-03-30T10:00:00.000Z',
    correlationId: 'handover',
    causationId: 'handover',
    reason: 'Entered here <b>now</b>',
  });
  await sql`insert into ops.parity_run
      (record_type, started_at, finished_at, documents, records, same, differing, only_legacy, only_openhouse, buckets)
    values ('listing', '2026-03-31T09:00:00Z', '2026-03-31T09:01:00Z', 12, 12, 10, 2, 0, 0, '[]')`.execute(world.db);
  await markDue(world.db, 'listing', ['l1'], new Date('2026-04-01T11:00:00Z'));
  await sql`insert into ops.write_back (aggregate, record_key, state, due_since, next_attempt_at)
    values ('listing', 'l2', 'refused', '2026-03-31T10:00:00Z', now())`.execute(world.db);
  const prices = { before: 1, legacy: 480_000, openhouse: 499_000 };
  await noteEdits(
    world.db,
    'listing',
    [
      {
        recordKey: 'l1',
        document: 'properties/5f1',
        reason: 'edited' as const,
        disputed: { listPrice: prices },
        legacy: { listPrice: prices.legacy },
        ours: { listPrice: prices.openhouse },
      },
    ],
    new Date('2026-04-01T10:00:00Z'),
  );

  const listing = section(await page(), 'listing');
  assert.match(listing, /owned by openhouse/);
  assert.match(listing, /datetime="2026-03-30T10:00:00.000Z">2026-03-30 06:00:00 EDT/);
  assert.match(listing, /dana: Entered here &lt;b&gt;now&lt;\/b&gt;/);
  assert.match(listing, /2 of 12 records differed/);
  assert.match(listing, /<a href="\/conflicts">1<\/a>/);
  assert.match(listing, /To be written back<\/dt><dd>1 record, the oldest since/);
  assert.match(listing, /Could not be written back<\/dt><dd>1 record/);
  assert.match(listing, /Never written back<\/dt><dd>[^<]*\w/);
  assert.match(
    listing,
    /What does not fit[\s\S]*1 changed record could not be written back[\s\S]*<code>openhouse write-back retry<\/code>/,
  );
  assert.match(listing, /openhouse cutover listing --back/);
  assert.doesNotMatch(section(await page(), 'lead'), /What does not fit/);

  const other = await openConsole(world, silent, '127.0.0.1', { ...mongo, OPENHOUSE_MAPPING: '/nowhere/our-crm.yaml' });
  t.after(() => other.close());
  const lost = await page(other.url);
  assert.match(lost, /no mapping called \/nowhere\/our-crm\.yaml/);
  assert.match(section(lost, 'listing'), /owned by openhouse/);
});
