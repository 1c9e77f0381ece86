import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { offerLead } from '../../../commands/leads/offer-lead.ts';
import { isReadable } from '../../../eventstore/stored-event.ts';
import { leadOffers } from '../../../schedulers/lead-offers/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import { openWorld, type World } from '../support/world.ts';

const boca = { cities: ['Boca Raton'], listPriceMin: 200_000, listPriceMax: 600_000, maxLeads: 10 };
const wanted = { cities: ['Boca Raton'], listPriceMax: 500_000 };

const pass = async (world: World) => {
  await world.catchUp();
  world.clock.advance(1_000);
  const outcome = await runJob(leadOffers, world.deps);
  assert.ok(outcome.ran);
  return outcome.result;
};
const offered = ({ offers }: Awaited<ReturnType<typeof pass>>) =>
  offers.map(({ contactKey, memberKey }) => `${contactKey} to ${memberKey}`).sort();
const leadEvents = async (world: World, contactKey: string) => {
  const events = [];
  for await (const event of world.store.readStream(`lead-${contactKey}`)) if (isReadable(event)) events.push(event);
  return events;
};

test('an unassigned lead is offered to the best match, with the reasons on the event and a Slack message', async (t) => {
  const world = await openWorld(t);
  await world.agent('plain', boca);
  await world.agent('spanish', { ...boca, memberLanguages: ['Spanish'], slackUserId: 'U024BE7LH' });
  await world.lead('ana', {
    ...wanted,
    firstName: 'Ana <María>',
    lastName: 'López',
    email: 'ana@example.com',
    mobilePhone: '+15615550134',
    languages: ['Spanish'],
  });
  const result = await pass(world);
  assert.deepEqual(offered(result), ['ana to spanish']);
  assert.deepEqual(result.counts, { leads: 1, offered: 1, nobodyFits: 0, skipped: 0, messages: 1 });

  const last = (await leadEvents(world, 'ana')).at(-1)!;
  assert.equal(last.event.type, 'LeadOffered');
  assert.deepEqual(last.metadata.actor, { kind: 'system', id: 'lead-offers' });
  assert.ok(last.event.type === 'LeadOffered');
  assert.deepEqual(last.event.data.memberKeys, ['spanish']);
  assert.equal(last.event.data.expiresAt, '2026-03-31T14:30:01.000Z');
  assert.ok(last.event.data.reasons.some(({ detail }) => detail === 'speaks Spanish'));

  const [row] = await world.outbox();
  assert.equal(row?.channel, 'slack');
  assert.equal(row?.recipient, 'U024BE7LH');
  const message = row?.message as { channel: string; blocks: object[]; metadata: object };
  assert.equal(message.channel, 'U024BE7LH');
  const blocks = JSON.stringify(message.blocks);
  assert.match(blocks, /accept_lead.*pass_lead/);
  assert.match(blocks, /speaks Spanish \(\+20\)/);
  assert.match(blocks, /New lead: Ana <María> L\./, 'plain text is not escaped');
  assert.doesNotMatch(blocks, /example\.com|5550134|López/, 'the agent who accepts gets the lead’s contact details');
  assert.deepEqual(message.metadata, {
    event_type: 'lead_offer',
    event_payload: { offer_key: last.event.data.offerKey, contact_key: 'ana', member_key: 'spanish' },
  });

  assert.deepEqual((await pass(world)).counts, { leads: 0, offered: 0, nobodyFits: 0, skipped: 0, messages: 0 });
  assert.equal((await world.outbox()).length, 1);
});

test('capacity counts within a pass, and offers go round', async (t) => {
  const world = await openWorld(t);
  await world.agent('a', { ...boca, maxLeads: 2 });
  await world.agent('b', { ...boca, maxLeads: 2 });
  await world.lead('had', { email: 'had@example.com', ownerMemberKey: 'a' });
  for (const key of ['l1', 'l2', 'l3', 'l4', 'l5']) await world.lead(key, { ...wanted, email: `${key}@example.com` });
  const { counts, offers, report } = await pass(world);
  assert.deepEqual(counts, { leads: 5, offered: 3, nobodyFits: 2, skipped: 0, messages: 3 });
  assert.deepEqual(offers.map(({ memberKey }) => memberKey).sort(), ['a', 'b', 'b']);
  assert.deepEqual(
    report.unmatched.map(({ summary }) => summary),
    ['2 have no room for another lead', '2 have no room for another lead'],
  );
  const { rows } = await sql<{ report: typeof report }>`select report from ops.job_run`.execute(world.db);
  assert.deepEqual(rows[0]?.report, report, 'the broker can look it up');
});

test('leads that have an agent, are not new, or tried everyone are not offered', async (t) => {
  const world = await openWorld(t);
  await world.agent('a', boca);
  await world.lead('owned', { ...wanted, email: 'o@example.com', ownerMemberKey: 'a' });
  await world.lead('trash', { ...wanted, email: 't@example.com', leadStage: 'Trash' });
  await world.lead('closed', { ...wanted, email: 'c@example.com', leadStage: 'Closed' });
  await world.lead('nurture', { ...wanted, email: 'n@example.com', leadStage: 'Nurture' });
  await world.lead('passed', { ...wanted, email: 'p@example.com' }, [
    { type: 'RecordAssignment', recordKey: 'r', memberKey: 'a', status: 'offered' },
    { type: 'PassLead', memberKey: 'a' },
  ]);
  const { counts, report } = await pass(world);
  assert.deepEqual(counts, { leads: 1, offered: 0, nobodyFits: 1, skipped: 0, messages: 0 });
  assert.equal(report.unmatched[0]?.summary, '1 was already offered it');
});

test('a lead is new in the stage New or without a stage; one in another stage is offered once a person makes it new', async (t) => {
  const world = await openWorld(t);
  await world.agent('a', boca);
  await world.lead('new', { ...wanted, email: 'new@example.com', leadStage: 'New' });
  await world.lead('unstaged', { ...wanted, email: 'none@example.com' });
  await world.lead('hot', { ...wanted, email: 'hot@example.com', leadStage: 'Hot' });
  assert.deepEqual(offered(await pass(world)), ['new to a', 'unstaged to a']);
  await world.lead('hot', { leadStage: 'New' });
  assert.deepEqual(offered(await pass(world)), ['hot to a']);
});

test('an offer whose message was not queued gets it in the next pass, once', async (t) => {
  const world = await openWorld(t);
  await world.agent('a', boca);
  await world.lead('l', { ...wanted, email: 'l@example.com' });
  await world.lead('legacy', { ...wanted, email: 'old@example.com' }, [
    { type: 'RecordAssignment', recordKey: 'r', memberKey: 'a', status: 'offered' },
  ]);
  const reasons = [{ rule: 'area', points: 36, detail: 'covers Boca Raton' }];
  const context = {
    actor: { kind: 'system', id: 'test' },
    source: 'test',
    occurredAt: world.clock.now().toISOString(),
    correlationId: 'crashed',
    causationId: 'crashed',
  } as const;
  const offer = { contactKey: 'l', memberKeys: ['a'], score: 36, reasons, expiresAt: '2026-03-31T15:00:00.000Z' };
  assert.equal((await offerLead(world.store, offer, context)).offered, true);
  assert.equal((await offerLead(world.store, offer, context)).offered, false, 'one offer at a time');

  assert.deepEqual((await pass(world)).counts, { leads: 0, offered: 0, nobodyFits: 0, skipped: 0, messages: 1 });
  assert.equal((await pass(world)).counts.messages, 0);
  const [row, ...more] = await world.outbox();
  assert.equal(more.length, 0, 'the old CRM sent its own offers');
  assert.match(JSON.stringify(row?.message), /covers Boca Raton \(\+36\)/);
});

test('when the read models lag, the stream decides', async (t) => {
  const world = await openWorld(t);
  await world.agent('a', boca);
  for (const key of ['taken', 'trashed', 'free']) await world.lead(key, { ...wanted, email: `${key}@example.com` });
  await world.catchUp();
  await world.lead('taken', { ownerMemberKey: 'a' });
  await world.lead('trashed', { leadStage: 'Trash' });
  const outcome = await runJob(leadOffers, world.deps);
  assert.ok(outcome.ran);
  assert.deepEqual(outcome.result.counts, { leads: 3, offered: 1, nobodyFits: 0, skipped: 2, messages: 1 });
  world.clock.advance(1_000);
  const again = await runJob(leadOffers, world.deps);
  assert.ok(again.ran);
  assert.equal(again.result.counts.offered, 0, 'nothing is offered twice, even if the read model lags');
});
