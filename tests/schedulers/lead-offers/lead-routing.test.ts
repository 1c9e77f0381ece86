import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { setOffice } from '../../../commands/agents/set-office.ts';
import { acceptOffer } from '../../../commands/leads/accept-offer.ts';
import { passOffer } from '../../../commands/leads/pass-offer.ts';
import { reassignLead } from '../../../commands/leads/reassign-lead.ts';
import { loadPolicy, publishPolicy } from '../../../commands/policy/publish-policy.ts';
import type { LeadEvent } from '../../../domain/lead/index.ts';
import { type Policy, policySchema } from '../../../domain/routing-policy/index.ts';
import { leadOffers } from '../../../schedulers/lead-offers/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import { openWorld, type World } from '../support/world.ts';

const pass = async (world: World, minutes = 0) => {
  await world.catchUp();
  world.clock.advance(minutes * 60_000 + 1_000);
  const outcome = await runJob(leadOffers, world.deps);
  assert.ok(outcome.ran);
  await world.catchUp();
  return outcome.result;
};

const person = (world: World) => {
  const conversation = `test-${Math.random()}`;
  return {
    actor: { kind: 'person', id: 'test' },
    source: 'test',
    occurredAt: world.clock.now().toISOString(),
    correlationId: conversation,
    causationId: conversation,
  } as const;
};

const publish = async (world: World, rules: Policy['rules'], more: Partial<Policy> = {}) => {
  const policy = policySchema.parse({ weights: { area: 40 }, escalateTo: 'broker', rules, ...more });
  assert.ok((await publishPolicy(world.store, { policy }, person(world))).ok);
};

const eventsOf = async (world: World, contactKey: string): Promise<readonly LeadEvent[]> => {
  const events: LeadEvent[] = [];
  for await (const stored of world.store.readStream(`lead-${contactKey}`)) {
    if ('event' in stored) events.push(stored.event as LeadEvent);
  }
  return events;
};
const typesOf = async (world: World, contactKey: string) =>
  (await eventsOf(world, contactKey)).slice(1).map(({ type, data }) => {
    const to = 'memberKeys' in data ? data.memberKeys.join('+') : 'memberKey' in data ? data.memberKey : '';
    return `${type} ${to}`.trim();
  });
const kinds = async (world: World) =>
  (await world.outbox()).map(({ dedupe_key: key, member_key: member }) => `${key.split('/')[0]} to ${member}`);

const everyone = {
  offerTo: 'everyone',
  mode: 'bestMatch',
  answerWithin: '30 minutes',
  workingHours: 'ignored',
} as const;

test('an offer that is not answered in time goes once to each next agent, and finally to the broker', async (t) => {
  const world = await openWorld(t);
  await world.agent('a', {});
  await world.agent('b', {});
  await world.agent('boss', { roles: ['broker'] });
  await world.lead('ana', { email: 'ana@example.com' });
  await pass(world);
  await pass(world, 10);
  assert.deepEqual((await pass(world, 25)).counts, {
    leads: 1,
    offered: 1,
    nobodyFits: 0,
    skipped: 0,
    messages: 1,
    expired: 1,
  });
  const { counts } = await pass(world, 31);
  assert.deepEqual([counts.expired, counts.escalated], [1, 1]);
  assert.deepEqual(await typesOf(world, 'ana'), [
    'LeadOffered a',
    'LeadOfferExpired a',
    'LeadOffered b',
    'LeadOfferExpired b',
    'LeadEscalated boss',
  ]);
  await pass(world, 31);
  assert.deepEqual(await kinds(world), ['lead-offer to a', 'lead-offer to b', 'lead-escalated to boss']);
  const last = (await eventsOf(world, 'ana')).at(-1)!;
  assert.ok(last.type === 'LeadEscalated');
  assert.deepEqual([last.data.escalationReason, last.data.policyVersion], ['chain-ended', 0]);
  assert.match(last.data.detail, /2 were already offered it/);
});

test('when all agents are away, a lead goes to the broker at once; without one, it waits until an agent is back', async (t) => {
  const world = await openWorld(t);
  const away = { type: 'PauseAgent', pause: { from: '2026-03-01', to: null } } as const;
  for (const key of ['a', 'b']) await world.agent(key, {}, [away]);
  await world.lead('ana', { email: 'ana@example.com' });
  const waiting = await pass(world);
  assert.equal(waiting.counts.nobodyFits, 1);
  assert.match(waiting.report.unmatched[0]!.summary, /2 .*away/);
  await world.agent('a', {}, [{ type: 'ResumeAgent' }]);
  await pass(world);
  await world.agent('a', {}, [away]);
  await world.agent('boss', { roles: ['broker'] });
  await world.lead('ben', { email: 'ben@example.com' });
  await pass(world);
  await pass(world);
  assert.deepEqual(await typesOf(world, 'ana'), ['LeadOffered a']);
  assert.deepEqual(await typesOf(world, 'ben'), ['LeadEscalated boss']);
  assert.deepEqual(await kinds(world), ['lead-offer to a', 'lead-escalated to boss']);
});

test('an offer records the grounds for it', async (t) => {
  const world = await openWorld(t);
  await world.agent('a', { cities: ['Boca Raton'] });
  await world.agent('far', { cities: ['Stuart'] });
  await world.agent('away', {}, [{ type: 'PauseAgent', pause: { from: '2026-03-01', to: null } }]);
  await publish(world, [{ name: 'All', chain: [everyone] }]);
  await world.lead('ana', { email: 'ana@example.com', cities: ['Boca Raton'] });
  await pass(world);
  const offered = (await eventsOf(world, 'ana')).at(-1)!;
  assert.ok(offered.type === 'LeadOffered');
  const { policyVersion, rule, step, mode, score, candidates, leftOut } = offered.data;
  assert.deepEqual(
    { policyVersion, rule, step, mode, score },
    { policyVersion: 1, rule: 'All', step: 1, mode: 'bestMatch', score: 36 },
  );
  assert.deepEqual(
    candidates?.map(({ memberKey, components }) => [memberKey, components.area]),
    [['a', 36]],
  );
  assert.deepEqual(leftOut, { pause: ['away'], area: ['far'] });
});

test('of several agents who are offered a lead at once, the first gets it; the others see that it is taken', async (t) => {
  const world = await openWorld(t);
  for (const key of ['a', 'b', 'c']) await world.agent(key, {});
  await publish(world, [{ name: 'Race', chain: [{ ...everyone, mode: 'firstToClaim', atOnce: 2 }] }]);
  await world.lead('ana', { email: 'ana@example.com' });
  await pass(world);
  assert.deepEqual(await kinds(world), ['lead-offer to a', 'lead-offer to b']);
  const answers = await Promise.all(
    ['a', 'b', 'a', 'b', 'c'].map((memberKey) =>
      acceptOffer(world.store, { contactKey: 'ana', memberKey }, person(world)),
    ),
  );
  const winners = new Set(answers.flatMap((answer, index) => (answer.ok ? ['a', 'b', 'a', 'b', 'c'][index] : [])));
  assert.equal(winners.size, 1);
  assert.equal((await typesOf(world, 'ana')).filter((type) => type.startsWith('LeadAccepted')).length, 1);
  const { rows } = await sql<{ member_key: string; outcome: string }>`
    select member_key, outcome from read.lead_offers order by member_key`.execute(world.db);
  await world.catchUp();
  assert.equal(rows.length, 2);
});

test('an agent who passes is not asked again, with the reason on record', async (t) => {
  const world = await openWorld(t);
  await world.agent('a', {});
  await world.agent('b', {});
  await world.lead('ana', { email: 'ana@example.com' });
  await pass(world);
  const passed = { contactKey: 'ana', memberKey: 'a', passReason: 'Too busy', note: 'Next week' } as const;
  assert.ok((await passOffer(world.store, passed, person(world))).ok);
  await pass(world);
  assert.deepEqual(await typesOf(world, 'ana'), ['LeadOffered a', 'LeadPassed a', 'LeadOffered b']);
  await world.catchUp();
  const { rows } = await sql`
    select member_key, outcome, pass_reason from read.lead_offers order by member_key`.execute(world.db);
  assert.deepEqual(rows, [
    { member_key: 'a', outcome: 'passed', pass_reason: 'Too busy' },
    { member_key: 'b', outcome: 'open', pass_reason: null },
  ]);
});

test('an agent who does not respond is reminded once, then the broker is notified once', async (t) => {
  const world = await openWorld(t);
  await world.agent('a', {});
  await world.agent('boss', { roles: ['broker'] });
  await world.lead('ana', { email: 'ana@example.com' });
  await world.lead('ben', { email: 'ben@example.com' });
  await pass(world);
  for (const contactKey of ['ana', 'ben']) {
    assert.ok((await acceptOffer(world.store, { contactKey, memberKey: 'a' }, person(world))).ok);
  }
  await world.lead('ben', {}, [{ type: 'RecordActivity', recordKey: 'r1', activityType: 'Call' }]);
  await pass(world, 50);
  assert.equal((await pass(world, 15)).counts.reminded, 1);
  await pass(world, 5);
  assert.equal((await pass(world, 180)).counts.escalated, 1);
  await pass(world, 60);
  assert.deepEqual((await typesOf(world, 'ana')).slice(2), ['LeadResponseReminded a', 'LeadEscalated boss']);
  assert.deepEqual((await typesOf(world, 'ben')).slice(2), ['LeadActivityLogged']);
  assert.deepEqual(
    (await kinds(world)).filter((kind) => !kind.startsWith('lead-offer')),
    ['lead-reminder to a', 'lead-escalated to boss'],
  );
});

test('offers and responses from while a clock was a year ahead do not wait for a year', async (t) => {
  const world = await openWorld(t);
  for (const key of ['a', 'b']) await world.agent(key, {});
  await world.agent('boss', { roles: ['broker'] });
  for (const key of ['ana', 'ben']) await world.lead(key, { email: `${key}@example.com` });
  const right = world.clock.now();
  world.clock.advance(365 * 24 * 3_600_000);
  const { offers } = await pass(world);
  const of = (contactKey: string) => offers.find((offer) => offer.contactKey === contactKey)!.memberKey;
  const [accepting, other] = [of('ben'), of('ana') === 'a' ? 'b' : 'a'];
  assert.ok((await acceptOffer(world.store, { contactKey: 'ben', memberKey: accepting }, person(world))).ok);

  world.clock.set(right);
  const { counts } = await pass(world);
  assert.deepEqual([counts.offered, counts.reminded], [1, 1]);
  assert.deepEqual(await typesOf(world, 'ana'), [
    `LeadOffered ${of('ana')}`,
    `LeadOfferWithdrawn ${of('ana')}`,
    `LeadOffered ${other}`,
  ]);
  await pass(world);
  assert.deepEqual(
    (await typesOf(world, 'ben')).slice(1),
    [`LeadAccepted ${accepting}`, `LeadResponseReminded ${accepting}`],
    'once',
  );
});

test('an agent is notified of a lead that is assigned by hand, without contact details where others can read them', async (t) => {
  const world = await openWorld(t);
  await world.agent('a', { slackUserId: 'U024BE7LH' });
  await world.agent('b', {});
  for (const [contactKey, memberKey] of [
    ['ana', 'a'],
    ['ben', 'b'],
  ] as const) {
    await world.lead(contactKey, { email: `${contactKey}@example.com`, firstName: contactKey });
    assert.ok((await reassignLead(world.store, { contactKey, memberKey }, person(world))).ok);
  }
  await pass(world);
  await pass(world, 1);
  const messages = await world.outbox();
  const sentTo = (member: string) => JSON.stringify(messages.filter(({ member_key: to }) => to === member));
  assert.equal(messages.length, 2);
  assert.match(sentTo('a'), /ana@example.com/);
  assert.match(sentTo('a'), /"channel":"U024BE7LH"/);
  assert.doesNotMatch(sentTo('b'), /ben@example.com/);
});

test('agents with more offers, including the old CRM’s, are asked later; ties go to the one offered longest ago', async (t) => {
  const world = await openWorld(t);
  await world.agent('a', {});
  await world.agent('b', {});
  await world.lead('old', { email: 'old@example.com', leadStage: 'Closed' }, [
    { type: 'RecordAssignment', recordKey: 'r1', memberKey: 'a', status: 'offered' },
    { type: 'RecordAssignment', recordKey: 'r1', memberKey: 'a', status: 'passed' },
  ]);
  for (const key of ['l1', 'l2', 'l3']) await world.lead(key, { email: `${key}@example.com` });
  const { offers } = await pass(world);
  assert.deepEqual(offers.map(({ memberKey }) => memberKey).sort(), ['a', 'b', 'b']);
  assert.equal(offers[0]?.memberKey, 'b');
});

test('a policy has a history of versions; publishing the same one again adds none', async (t) => {
  const world = await openWorld(t);
  assert.equal((await loadPolicy(world.store)).policyVersion, 0);
  const rules = [{ name: 'All', chain: [everyone] }];
  await publish(world, rules);
  await publish(world, rules);
  await publish(world, rules, { weights: { area: 41 } });
  assert.equal((await loadPolicy(world.store)).policyVersion, 2);
});

test('an office that is set by hand decides which leads its agents get', async (t) => {
  const world = await openWorld(t);
  for (const key of ['a', 'b']) await world.agent(key, {});
  await world.agent('boss', { roles: ['broker'] });
  await publish(world, [{ name: 'Boca', chain: [{ ...everyone, offerTo: { offices: ['boca'] } }] }]);
  assert.ok((await setOffice(world.store, { memberKey: 'b', officeKey: 'boca' }, person(world))).ok);
  await world.lead('ana', { email: 'ana@example.com' });
  await pass(world);
  assert.deepEqual(await typesOf(world, 'ana'), ['LeadOffered b']);
  assert.ok((await setOffice(world.store, { memberKey: 'b', officeKey: null }, person(world))).ok);
  await world.lead('ben', { email: 'ben@example.com' });
  await pass(world);
  assert.deepEqual(await typesOf(world, 'ben'), ['LeadEscalated boss'], 'no one is in the office any more');
});

test('what agents are owed is the same, counted bit by bit or all at once', async (t) => {
  const world = await openWorld(t);
  for (const key of ['a', 'b', 'c']) await world.agent(key, {});
  for (let index = 0; index < 7; index++) {
    await world.lead(`lead-${index}`, { email: `lead-${index}@example.com` });
    if (index % 3 === 0) await pass(world);
  }
  await pass(world);
  await pass(world);
  const owed = async () =>
    (
      await sql<{ member_key: string; deficit: number; at: Date | null }>`
        select member_key, round(deficit::numeric, 9)::float8 as deficit, last_offered_at as at from ops.agent_share order by 1`.execute(
        world.db,
      )
    ).rows;
  const bitByBit = await owed();
  assert.deepEqual(
    bitByBit.map(({ member_key }) => member_key),
    ['a', 'b', 'c'],
  );
  assert.ok(bitByBit.some(({ deficit }) => deficit !== 0));
  await sql`delete from ops.agent_share_cursor`.execute(world.db);
  await sql`delete from ops.agent_share`.execute(world.db);
  await pass(world);
  assert.deepEqual(await owed(), bitByBit);
});

test('an offer of the old CRM counts for fairness, also one that is only a note on a lead of openhouse', async (t) => {
  const world = await openWorld(t);
  for (const key of ['a', 'b']) await world.agent(key, {});
  const note = { type: 'RecordActivity', activityType: 'Note', memberKey: 'a' } as const;
  await world.lead('joined', { email: 'joined@example.com', leadStage: 'Contacted' }, [
    { ...note, recordKey: 'leadassignments/1/offered' },
    { ...note, recordKey: 'leadassignments/2/accepted' },
    { ...note, recordKey: 'activities/3' },
  ]);
  await world.lead('new', { email: 'new@example.com' });
  await pass(world);
  assert.deepEqual(await typesOf(world, 'new'), ['LeadOffered b'], 'a has had one');
  const { rows } = await sql<{ deficit: number }>`
    select deficit from ops.agent_share where member_key = 'a'`.execute(world.db);
  assert.equal(rows[0]?.deficit, -0.5, 'once');
});
