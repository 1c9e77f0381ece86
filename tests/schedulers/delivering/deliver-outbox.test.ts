import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTransports } from '../../../delivery/sending/transports.ts';
import { alerts } from '../../../schedulers/alerts/job.ts';
import { deliverAll } from '../../../schedulers/delivering/deliver-outbox.ts';
import { leadOffers } from '../../../schedulers/lead-offers/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import { fakeProviders } from '../../delivery/fake-providers.ts';
import { openWorld } from '../support/world.ts';

const home = {
  standardStatus: 'Active',
  city: 'Boca Raton',
  listPrice: 400_000,
  unparsedAddress: '1 Ocean Dr',
} as const;

test('changes after a message was queued count, even before any read model has them', async (t) => {
  const world = await openWorld(t);
  const providers = await fakeProviders(t);
  const transports = await openTransports(world.db, providers.config);
  t.after(async () => await transports.close());
  await world.agent('a', { cities: ['Boca Raton'] });
  for (const key of ['stays', 'leaves', 'was-merged']) {
    await world.lead(key, { email: `${key}@example.com`, cities: ['Boca Raton'] });
    const criteria = { cities: ['Boca Raton'] };
    await world.savedSearch(`of ${key}`, { contactKey: key, criteria, activeYN: true });
  }
  await world.lead('same-person', { email: 'same@example.com', ownerMemberKey: 'a' });
  await world.catchUp();
  await runJob(alerts, world.deps);
  await world.listing('home', home);
  await world.catchUp();
  world.clock.advance(15 * 60_000);
  await runJob(alerts, world.deps);
  await runJob(leadOffers, world.deps);
  assert.equal((await world.outbox()).length, 6, 'three digests and three offers');

  // From here on no read model is fed.
  await world.lead('leaves', { ownerMemberKey: 'a' }, [{ type: 'OptOut' }]);
  await world.lead('same-person', {}, [{ type: 'OptOut' }]);
  await world.lead('was-merged', {}, [{ type: 'MergeLeadInto', contactKey: 'same-person' }]);
  const { counts } = await deliverAll({ ...world.deps, transports });
  assert.deepEqual([counts.sent, counts.withheld], [2, 4]);
  assert.deepEqual(
    providers.emails.map(({ To }) => To),
    ['stays@example.com'],
  );
  assert.equal(providers.slack.length, 1);
  const rows = (await world.outbox()) as unknown as { contact_key: string; state: string; last_error: string | null }[];
  assert.deepEqual(rows.map((row) => `${row.contact_key}: ${row.last_error ?? row.state}`).sort(), [
    'leaves: the lead opted out after it was queued',
    'leaves: the offer is no longer open',
    'stays: sent',
    'stays: sent',
    'was-merged: the lead opted out after it was queued',
    'was-merged: the offer is no longer open',
  ]);
});
