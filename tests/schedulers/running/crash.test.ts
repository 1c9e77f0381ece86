import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { alerts } from '../../../schedulers/alerts/job.ts';
import { leadOffers } from '../../../schedulers/lead-offers/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import { firstLine, startScript } from '../../support/command.ts';
import { until } from '../../support/until.ts';
import { openWorld } from '../support/world.ts';

const leads = Array.from({ length: 250 }, (_, index) => `lead-${index}`);
const home = {
  standardStatus: 'Active',
  listPrice: 450_000,
  city: 'Boca Raton',
  unparsedAddress: 'somewhere',
} as const;

test('after repeated kill -9 in the middle of the jobs, every buyer is notified once and every lead offered once', async (t) => {
  const world = await openWorld(t);
  for (const key of ['a', 'b', 'c']) await world.agent(key, { cities: ['Boca Raton'] });
  await Promise.all(leads.map((key) => world.lead(key, { email: `${key}@example.com`, cities: ['Boca Raton'] })));
  await Promise.all(
    leads.map((contactKey) =>
      world.savedSearch(`s-${contactKey}`, { contactKey, criteria: { cities: ['Boca Raton'] }, activeYN: true }),
    ),
  );
  await Promise.all(Array.from({ length: 20 }, (_, index) => world.listing(`home-${index}`, home)));
  await world.listing('home-0', { listPrice: 400_000 });
  await world.catchUp();

  const begun = async () =>
    (await sql<{ count: number }>`select count(*)::int as count from ops.job_run`.execute(world.db)).rows[0]!.count;
  for (let round = 0; round < 6; round++) {
    const before = await begun();
    const child = startScript('tests/schedulers/support/run-jobs.ts', [world.databaseUrl, world.eventStoreUrl]);
    const ended = once(child, 'close');
    await firstLine(child);
    // A run is in progress, at any point.
    await until('a run', async () => (await begun()) > before || child.exitCode !== null);
    await sleep(Math.random() * 60 * (round + 1));
    child.kill('SIGKILL');
    await ended;
    if (round % 3 === 2) await world.catchUp();
  }
  await world.catchUp();
  // PostgreSQL may need a moment to notice that the last process is gone.
  await until('an alert run', async () => (await runJob(alerts, world.deps)).ran);
  await until('a matching run', async () => (await runJob(leadOffers, world.deps)).ran);
  await world.catchUp();
  world.clock.advance(1_000);
  assert.ok((await runJob(leadOffers, world.deps)).ran);

  const outbox = await world.outbox();
  const sent = outbox.flatMap((row) =>
    row.channel === 'email' ? row.context.homes.map(({ listingKey }) => `${row.contact_key} ${listingKey}`) : [],
  );
  assert.equal(sent.length, leads.length * 20);
  assert.equal(new Set(sent).size, sent.length, 'no lead was sent a home twice');

  const offered = outbox.flatMap((row) => (row.channel === 'slack' ? [row.contact_key] : []));
  assert.deepEqual([...offered].sort(), [...leads].sort(), 'one message for each lead');
  for (const key of leads) {
    const offers = [];
    for await (const event of world.store.readStream(`lead-${key}`))
      if (event.type === 'LeadOffered') offers.push(event);
    assert.equal(offers.length, 1, key);
  }
  const { rows } = await sql<{ result: string; count: number }>`
    select result, count(*)::int as count from ops.job_run group by result`.execute(world.db);
  assert.equal(
    rows.find(({ result }) => result === 'running'),
    undefined,
    'runs that died are closed',
  );
  assert.ok((rows.find(({ result }) => result === 'failed')?.count ?? 0) > 0, 'someone died in the middle of a run');
});
