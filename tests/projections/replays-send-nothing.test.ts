import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { changeOwnership } from '../../commands/ownership/change-ownership.ts';
import { openTransports } from '../../delivery/sending/transports.ts';
import { diffProjection, promote, rebuild, rollback } from '../../projections/index.ts';
import { alerts } from '../../schedulers/alerts/job.ts';
import { deliverOutbox } from '../../schedulers/delivering/deliver-outbox.ts';
import { leadOffers } from '../../schedulers/lead-offers/job.ts';
import { runJob } from '../../schedulers/running/job-run.ts';
import { fakeProviders } from '../delivery/fake-providers.ts';
import { openWorld } from '../schedulers/support/world.ts';
import { someContext } from './support/world.ts';

const names = ['agents', 'leads', 'listing_changes', 'listings', 'saved_searches'];
const home = { standardStatus: 'Active', listPrice: 450_000, city: 'Boca Raton', postalCode: '33432' } as const;

test('a full rebuild, promoted and rolled back with delivery switched on, queues and sends nothing', async (t) => {
  const world = await openWorld(t);
  const providers = await fakeProviders(t);
  const transports = await openTransports(world.db, providers.config);
  t.after(() => transports.close());
  const everything = async () => {
    await world.catchUp();
    world.clock.advance(15 * 60_000);
    await runJob(alerts, world.deps);
    await runJob(leadOffers, world.deps);
    await deliverOutbox({ ...world.deps, transports });
  };
  const sent = () => providers.emails.length + providers.slack.length;

  await world.agent('m1', { memberStatus: 'Active', cities: ['Boca Raton'], slackUserId: 'U0123456', maxLeads: 5 });
  await world.lead('ana', { firstName: 'Ana', email: 'ana@example.com', leadStage: 'New', cities: ['Boca Raton'] });
  await world.savedSearch('s', { contactKey: 'ana', criteria: { cities: ['Boca Raton'] }, activeYN: true });
  await everything();
  await world.listing('new', { listingId: 'RX-1', unparsedAddress: '1 Ocean Drive', ...home });
  await everything();
  assert.ok(
    providers.emails.length > 0 && providers.slack.length > 0,
    'there is something that a replay could send again',
  );

  const outbox = await world.outbox();
  const before = sent();
  await rebuild(world, 'all');
  await everything();
  for (const name of names) await promote(world, name);
  await everything();
  for (const name of names) await rollback(world, name);
  await everything();
  assert.deepEqual(await world.outbox(), outbox);
  assert.equal(sent(), before);
});

test('a read model is the same whoever owns its record type, however often it is rebuilt, promoted and rolled back', async (t) => {
  const world = await openWorld(t);
  const { db, store } = world;
  const hand = async (type: 'listing' | 'lead' | 'agent', owner: 'openhouse' | 'legacy') => {
    const changed = await changeOwnership(store, type, owner, { ...someContext, correlationId: `${type} ${owner}` });
    assert.ok(changed.ok && changed.events.length === 1);
    await world.catchUp();
  };
  const rows = async () => {
    const of = async (name: string) => {
      const { rows } = await sql<{ row: string }>`
        select to_jsonb(x)::text as row from ${sql.table(`read.${name}`)} as x order by 1`.execute(db);
      assert.ok(rows.length > 0, name);
      return rows.map(({ row }) => row);
    };
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await of(name)] as const)));
  };
  await world.agent('m1', { memberStatus: 'Active', cities: ['Boca Raton'] });
  await world.lead('ana', { firstName: 'Ana', email: 'ana@example.com', leadStage: 'New' });
  await world.savedSearch('s', { contactKey: 'ana', criteria: { cities: ['Boca Raton'] }, activeYN: true });
  await world.listing('new', { listingId: 'RX-1', unparsedAddress: '1 Ocean Drive', ...home });
  await world.catchUp();
  const before = await rows();
  for (const type of ['agent', 'lead', 'listing'] as const) await hand(type, 'openhouse');
  assert.deepEqual(await rows(), before);
  await world.listing('new', { listPrice: 440_000 });
  // An event of no read model is the last one of the store.
  await hand('listing', 'legacy');
  const after = await rows();
  await rebuild(world, 'all');
  for (const name of names) assert.equal((await diffProjection(world, name)).equal, true, name);
  for (const name of names) await promote(world, name);
  assert.deepEqual(await rows(), after);
  await hand('listing', 'openhouse');
  for (const name of names) await rollback(world, name);
  await world.catchUp();
  assert.deepEqual(await rows(), after);
  for (const name of names) assert.equal((await diffProjection(world, name)).equal, true, name);
});
