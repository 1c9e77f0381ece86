import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Policy, policySchema } from '../../../domain/routing-policy/index.ts';
import { readFairness } from '../../../queries/leads/fairness.ts';
import { leadOffers } from '../../../schedulers/lead-offers/job.ts';
import { simulatePolicy } from '../../../schedulers/lead-offers/policy/simulate.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import { openWorld } from '../support/world.ts';

const policy = (rules: Policy['rules']) => ({
  policyVersion: 1,
  policy: policySchema.parse({ weights: { area: 40 }, escalateTo: 'broker', rules }),
});
const step = { mode: 'bestMatch', answerWithin: '30 minutes', workingHours: 'ignored' } as const;

test('a policy is tried on past leads with agents as they were then; nothing is appended', async (t) => {
  const world = await openWorld(t);
  await world.agent('a', { cities: ['Boca Raton'] });
  await world.agent('b', { cities: ['Boca Raton'], specialties: ['Waterfront'] });
  await world.lead('before', { email: 'before@example.com' });
  world.clock.advance(60_000);
  const since = world.clock.now();
  await world.lead('l1', { email: 'l1@example.com', cities: ['Boca Raton'] });
  await world.catchUp();
  world.clock.advance(1_000);
  assert.ok((await runJob(leadOffers, world.deps)).ran);
  // From here on b is away: leads of before are still routed to them.
  await world.agent('b', {}, [{ type: 'PauseAgent', pause: { from: '2026-03-31', to: null } }]);
  await world.lead('l2', { email: 'l2@example.com', cities: ['Boca Raton'] });
  world.clock.advance(9 * 60_000);
  await world.lead('l1', {}, [{ type: 'AcceptLead', memberKey: 'a' }]);
  const end = await world.store.lastOwnPosition();
  const until = new Date(world.clock.now().getTime() + 60_000);
  const waterfront = policy([
    {
      name: 'Waterfront',
      chain: [
        { ...step, offerTo: { specialties: ['waterfront'] } },
        { ...step, offerTo: 'everyone' },
      ],
    },
  ]);
  const result = await simulatePolicy(world.store, waterfront, { since, until, timeZone: 'America/New_York' });
  assert.deepEqual(
    result.leads.map(({ contactKey, actualMemberKey, simulatedMemberKey }) => [
      contactKey,
      actualMemberKey,
      simulatedMemberKey,
    ]),
    [
      ['l1', 'a', 'b'],
      ['l2', null, 'a'],
    ],
  );
  assert.equal(result.differing, 2);
  const waits = result.agents.map(({ memberKey, expectedWaitMinutes }) => [memberKey, expectedWaitMinutes]);
  assert.deepEqual(waits, [
    ['a', 9],
    ['b', null],
  ]);
  assert.ok(result.leads[0]!.reasons.some(({ detail }) => detail === 'covers Boca Raton'));
  assert.deepEqual(await world.store.lastOwnPosition(), end);

  await world.catchUp();
  const { agents } = await readFairness(world.db, { since, until });
  assert.equal(
    agents.reduce((sum, { offers }) => sum + offers, 0),
    2,
  );
  assert.equal(
    agents.reduce((sum, { share }) => sum + share, 0),
    1,
  );
});
