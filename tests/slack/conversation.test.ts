import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { sql } from 'kysely';
import { acceptOffer } from '../../commands/leads/accept-offer.ts';
import { type InStream, isReadable, type StoredEvent } from '../../eventstore/stored-event.ts';
import { openSlackWorld } from './support.ts';

type SlackWorld = Awaited<ReturnType<typeof openSlackWorld>>;

suite('a conversation in Slack', () => {
  let shared: SlackWorld;
  const closing: (() => Promise<void>)[] = [];
  let tests = 0;
  before(async () => {
    shared = await openSlackWorld({
      after: (work) => void closing.push(async () => void (await (work as () => unknown)())),
    });
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  /** Three agents and a lead of the test's own. */
  const setUp = async () => {
    const id = String(++tests).padStart(4, '0');
    const agents = { ana: `UANA0${id}`, ben: `UBEN0${id}`, cleo: `UCLEO${id}` };
    const [ana, ben, cleo, lead] = ['ana', 'ben', 'cleo', 'lead'].map((name) => `${name}${id}`) as [
      string,
      string,
      string,
      string,
    ];
    await shared.agent(ana, { memberFullName: 'Ana Ruiz', slackUserId: agents.ana });
    await shared.agent(ben, { memberFullName: 'Ben Ortiz', slackUserId: agents.ben });
    await shared.agent(cleo, { memberFullName: 'Cleo Park', memberEmail: `${cleo}@example.com` });
    await shared.lead(lead, {
      firstName: 'Maria',
      lastName: 'Lopez',
      email: `maria${id}@example.com`,
      mobilePhone: '+15615550134',
      cities: ['Boca Raton'],
    });
    shared.slack.forget();
    return { world: shared, agents, ana, ben, cleo, lead, o1: `o1-${id}`, o2: `o2-${id}` };
  };

  test('an offer has no contact details; the agent who accepts gets them in a separate message', async () => {
    const { world, agents, ana, lead, o1 } = await setUp();
    const offered = await world.offer(lead, [ana], o1);
    const [offer] = world.slack.to(agents.ana);
    assert.ok(offer!.buttons);
    assert.doesNotMatch(offer!.text, /Lopez|maria@|0134/);

    assert.equal(await world.press(agents.ana, 'accept_lead', offered(ana)), 'accepted');
    assert.match(world.slack.answers.at(-1)!.text, /yours/);
    await world.deliver();
    const [settled, details] = world.slack.to(agents.ana);
    assert.equal(settled!.buttons, false);
    assert.match(settled!.text, /You accepted this lead/);
    assert.match(details!.text, /Maria Lopez[\s\S]*\(561\) 555-0134[\s\S]*maria\d+@example\.com/);
    assert.equal(await world.owner(lead), ana);
  });

  test('of several agents who press Accept, one has the lead; the messages of the others say who', async () => {
    const { world, agents, ana, ben, lead, o1 } = await setUp();
    const offered = await world.offer(lead, [ana, ben], o1, 'firstToClaim');
    const presses = [agents.ana, agents.ben].map((user) => world.pressOf(user, 'accept_lead', offered(ana)));
    await Promise.all(presses.map((press) => world.post('/slack/interactions', { payload: JSON.stringify(press) })));
    assert.deepEqual((await world.handleAll()).slice(-2).toSorted(), ['accepted', 'offer-taken']);
    const owner = (await world.owner(lead))!;
    await world.deliver();
    const [winner, loser] = owner === ana ? [agents.ana, agents.ben] : [agents.ben, agents.ana];
    assert.match(world.slack.to(loser)[0]!.text, owner === ana ? /Taken by Ana Ruiz/ : /Taken by Ben Ortiz/);
    assert.equal(world.slack.to(loser).length, 1);
    assert.equal(world.slack.to(winner).length, 2);
  });

  test('Pass asks why in a form; the lead is open to the next agent, and who passed learns who took it', async () => {
    const { world, agents, ana, ben, lead, o1, o2 } = await setUp();
    const offered = await world.offer(lead, [ana], o1);
    assert.equal(await world.press(agents.ana, 'pass_lead', offered(ana)), 'form-opened');
    assert.equal(await world.owner(lead), null);
    assert.equal(await world.submit(agents.ana, 'Too busy', 'Closing twice this week'), 'passed');
    await world.deliver();
    assert.match(world.slack.to(agents.ana)[0]!.text, /You passed \(too busy\)\. The lead goes to the next agent/);

    const second = await world.offer(lead, [ben], o2);
    assert.equal(await world.press(agents.ben, 'accept_lead', second(ben)), 'accepted');
    await world.deliver();
    assert.match(world.slack.to(agents.ana)[0]!.text, /You passed \(too busy\)\. Taken by Ben Ortiz/);
    const events: InStream<StoredEvent>[] = [];
    for await (const stored of world.store.readStream(`lead-${lead}`)) if (isReadable(stored)) events.push(stored);
    const passed = events.find(({ event }) => event.type === 'LeadPassed')!;
    assert.deepEqual(passed.event.data, {
      offerKey: o1,
      memberKey: ana,
      passReason: 'Too busy',
      note: 'Closing twice this week',
    });
    assert.deepEqual(passed.metadata.actor, { kind: 'slack', id: agents.ana });
  });

  test('only the agent to whom a lead was offered can take it; strangers are refused politely', async () => {
    const { world, agents, ana, lead, o1 } = await setUp();
    const offered = await world.offer(lead, [ana], o1);
    assert.equal(await world.press(agents.ben, 'accept_lead', offered(ana)), 'offer-elsewhere');
    assert.match(world.slack.answers.at(-1)!.text, /another agent/);
    assert.equal(await world.press('USTRANGER', 'accept_lead', offered(ana)), 'stranger');
    assert.match(world.slack.answers.at(-1)!.text, /USTRANGER/);
    assert.equal(world.slack.answers.at(-1)!.response_type, 'ephemeral');
    assert.equal(await world.owner(lead), null);
  });

  test('an agent without a Slack id is known by the e-mail address that Slack has of them', async () => {
    const { world, agents, cleo, lead, o1 } = await setUp();
    world.slack.emails.set(agents.cleo, `${cleo.toUpperCase()}@Example.com`);
    const offered = await world.offer(lead, [cleo], o1);
    assert.match(world.slack.to('C1')[0]!.text, /For \*Cleo Park\*/);
    assert.equal(await world.press(agents.cleo, 'accept_lead', offered(cleo)), 'accepted');
    await world.deliver();
    // How to reach the lead goes to Cleo alone, and not to the channel.
    assert.match(world.slack.to(agents.cleo)[0]!.text, /maria\d+@example\.com/);
    assert.doesNotMatch(JSON.stringify(world.slack.to('C1')), /maria@/);
    assert.match(world.slack.to('C1')[0]!.text, /Cleo Park accepted this lead/);
  });

  test('a press that comes too late gets a clear answer: expired, taken, or no longer open', async () => {
    const { world, agents, ana, ben, lead, o1 } = await setUp();
    const offered = await world.offer(lead, [ana], o1);
    world.clock.advance(31 * 60_000);
    assert.equal(await world.press(agents.ana, 'accept_lead', offered(ana)), 'offer-expired');
    assert.equal(await world.press(agents.ana, 'pass_lead', offered(ana)), 'offer-expired');
    assert.equal(world.slack.views.length, 0);
    await world.lead(lead, {}, [{ type: 'ExpireOffer', offerKey: o1, now: world.clock.now().toISOString() }]);
    assert.equal(await world.press(agents.ana, 'accept_lead', offered(ana)), 'offer-missing');
    await world.sweep();
    assert.match(world.slack.to(agents.ana)[0]!.text, /expired without an answer/);
    await world.lead(lead, {}, [{ type: 'ReassignLead', memberKey: ben }]);
    assert.equal(await world.press(agents.ana, 'accept_lead', offered(ana)), 'offer-taken');
    assert.match(world.slack.answers.at(-1)!.text, /Ben Ortiz has this lead/);
  });

  test('a press that came in time counts, although it is handled after the deadline', async () => {
    const { world, agents, ana, lead, o1 } = await setUp();
    const offered = await world.offer(lead, [ana], o1);
    const press = world.pressOf(agents.ana, 'accept_lead', offered(ana));
    await world.post('/slack/interactions', { payload: JSON.stringify(press) });
    world.clock.advance(31 * 60_000);
    assert.equal((await world.handleAll()).at(-1), 'accepted');
    assert.equal(await world.owner(lead), ana);
  });

  test('two presses of Accept count once, and the second answer says that the lead is theirs', async () => {
    const { world, agents, ana, lead, o1 } = await setUp();
    const offered = await world.offer(lead, [ana], o1);
    assert.equal(await world.press(agents.ana, 'accept_lead', offered(ana)), 'accepted');
    assert.equal(await world.press(agents.ana, 'accept_lead', offered(ana)), 'accepted-before');
    await world.deliver();
    assert.equal(world.slack.to(agents.ana).length, 2);
  });

  test('an answer that Slack refuses from us loses nothing: the lead is accepted, and the press counts', async () => {
    const { world, agents, ana, lead, o1 } = await setUp();
    const offered = await world.offer(lead, [ana], o1);
    world.slack.fail('views.open', 'expired_trigger_id');
    assert.equal(await world.press(agents.ana, 'pass_lead', offered(ana)), 'form-refused');
    world.slack.fail('chat.update', 'message_not_found');
    assert.equal(await world.press(agents.ana, 'accept_lead', offered(ana)), 'accepted');
    await world.deliver();
    assert.equal(await world.owner(lead), ana);
    const { rows } = await sql<{ kind: string; state: string }>`
    select kind, state from ops.outbox where contact_key = ${lead} order by kind`.execute(world.db);
    assert.deepEqual(rows, [
      { kind: 'lead-details', state: 'sent' },
      { kind: 'lead-offer', state: 'sent' },
      { kind: 'lead-offer-update', state: 'failed' },
    ]);
  });

  test('the job sends what a crash left unsent, and sends nothing twice', async () => {
    const { world, agents, ana, lead, o1 } = await setUp();
    await world.offer(lead, [ana], o1);
    const context = {
      actor: { kind: 'person', id: 'broker' },
      source: 'cli',
      occurredAt: world.clock.now().toISOString(),
      correlationId: 'x',
      causationId: 'x',
    } as const;
    await world.sweep();
    // Whoever appended this died before saying it.
    await acceptOffer(world.store, { contactKey: lead, memberKey: ana }, context);
    assert.deepEqual(await world.sweep(), { messages: 2, failed: 0 });
    assert.deepEqual(await world.sweep(), { messages: 0, failed: 0 });
    assert.equal(world.slack.to(agents.ana).length, 2);
    assert.match(world.slack.to(agents.ana)[0]!.text, /accepted/);
  });
});
