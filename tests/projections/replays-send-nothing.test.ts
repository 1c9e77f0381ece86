import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTransports } from '../../delivery/sending/transports.ts';
import { promote, rebuild, rollback } from '../../projections/index.ts';
import { alerts } from '../../schedulers/alerts/job.ts';
import { deliverOutbox } from '../../schedulers/delivering/deliver-outbox.ts';
import { leadOffers } from '../../schedulers/lead-offers/job.ts';
import { runJob } from '../../schedulers/running/job-run.ts';
import { fakeProviders } from '../delivery/fake-providers.ts';
import { openWorld } from '../schedulers/support/world.ts';

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
