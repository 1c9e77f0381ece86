import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { acceptOffer } from '../../../commands/leads/accept-offer.ts';
import { loadLead } from '../../../commands/leads/load-lead.ts';
import { passOffer } from '../../../commands/leads/pass-offer.ts';
import { retryMessage } from '../../../delivery/sending/retry-message.ts';
import { openTransports } from '../../../delivery/sending/transports.ts';
import { type LeadEvent, lifeOf } from '../../../domain/lead/index.ts';
import type { StoredEvent } from '../../../eventstore/stored-event.ts';
import { deliverOutbox } from '../../../schedulers/delivering/deliver-outbox.ts';
import { leadMessages } from '../../../schedulers/lead-messages/job.ts';
import { leadOffers } from '../../../schedulers/lead-offers/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import { lyingProviders } from '../../delivery/lying-providers.ts';
import { timePasses } from '../../delivery/time.ts';
import { startScript } from '../../support/command.ts';
import { until } from '../../support/until.ts';
import { openWorld } from '../support/world.ts';

/** Set OPENHOUSE_CHAOS_SEEDS to run more seeds. */
const seeds = Array.from({ length: Number(process.env.OPENHOUSE_CHAOS_SEEDS ?? 3) }, (_, index) => index + 1);
const minute = 60_000;
const hour = 60 * minute;

/** For what takes a moment, also on a machine that has much else to do. */
const patience = 5 * minute;

/** Waits until a process has printed that many lines. @throws if it ends before */
const linesOf = async (child: ChildProcess, wanted: number): Promise<void> => {
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  let lines = 0;
  await new Promise<void>((resolve, reject) => {
    if (wanted === 0) resolve();
    createInterface({ input: child.stdout! }).on('line', () => ++lines === wanted && resolve());
    child.once('exit', () => setImmediate(() => reject(new Error(`ended after ${lines} lines: ${said}`))));
  });
};

const agents = ['maria', 'sam', 'ines', 'lee'];

const setup = async (t: TestContext, seed: number) => {
  const world = await openWorld(t);
  const slack = await lyingProviders(t, { seed, lagMs: 0, refusing: true });
  const { random } = slack;
  await world.agent('broker', { roles: ['broker'], slackUserId: 'U00000' });
  for (const [index, key] of agents.entries()) {
    await world.agent(key, { cities: ['Boca Raton'], slackUserId: `U0000${index + 1}`, maxLeads: 40 });
  }
  const transports = await openTransports(world.db, slack.config);
  const advance = async (ms: number) => {
    world.clock.advance(ms);
    slack.advance(ms);
    await timePasses(world.db, ms);
  };
  /** One pass of everything; a process that was killed may hold its jobs for another moment. */
  const pass = async () => {
    await world.catchUp();
    world.clock.advance(1_000);
    await until('a run', async () => (await runJob(leadOffers, world.deps)).ran, patience);
    await until('a run', async () => (await runJob(leadMessages, world.deps)).ran, patience);
    // A channel gets one message per second.
    for (let second = 0; second < 60; second++) {
      if ((await deliverOutbox({ ...world.deps, transports })).againAfterMs === undefined) break;
      await timePasses(world.db, 1_000);
    }
  };
  /** A process does the same, and is killed at any moment of any part of it. */
  const crash = async () => {
    const child = startScript('tests/schedulers/support/run-week.ts', [
      world.databaseUrl,
      world.eventStoreUrl,
      JSON.stringify(slack.config),
      world.clock.now().toISOString(),
    ]);
    const ended = once(child, 'close');
    const parts = Math.floor(random() * 9);
    await linesOf(child, parts);
    await sleep(random() * 150);
    child.kill('SIGKILL');
    await ended;
    await advance(6 * minute);
  };
  let count = 0;
  const origin = () => ({
    actor: { kind: 'slack', id: 'test' } as const,
    source: 'slack',
    occurredAt: world.clock.now().toISOString(),
    correlationId: `answer-${++count}`,
    causationId: `answer-${count}`,
  });
  /** Some agents answer, others do not. */
  const answer = async () => {
    await world.catchUp();
    const { rows } = await sql<{ contactKey: string; offerKey: string; memberKey: string }>`
      select contact_key as "contactKey", offer_key as "offerKey", offered_member_keys[1] as "memberKey"
      from read.leads where offer_key is not null and owner_member_key is null order by contact_key`.execute(world.db);
    for (const offer of rows) {
      const chance = random();
      if (chance < 0.25) await acceptOffer(world.store, offer, origin());
      else if (chance < 0.5) await passOffer(world.store, offer, origin());
    }
  };
  return { world, slack, random, advance, pass, crash, answer };
};

const eventsOf = async (store: Awaited<ReturnType<typeof openWorld>>['store'], contactKey: string) => {
  const events: { at: string; event: LeadEvent }[] = [];
  for await (const stored of store.readStream(`lead-${contactKey}`)) {
    const { event, metadata } = stored as StoredEvent;
    events.push({ at: metadata.occurredAt, event: event as LeadEvent });
  }
  return events;
};

suite('a week with a Slack that lies and processes that are killed', { concurrency: 2 }, () => {
  for (const seed of seeds) {
    test(`no lead is lost, no offer is posted twice, and each timer fires once (seed ${seed})`, async (t) => {
      const { world, slack, random, advance, pass, crash, answer } = await setup(t, seed);
      const leads: string[] = [];
      for (let step = 0; world.clock.now().getTime() < Date.parse('2026-04-07T14:00:00Z'); step++) {
        for (let more = random() * 2; more > 0; more--) {
          leads.push(`lead-${leads.length}`);
          await world.lead(leads.at(-1)!, { email: `${leads.at(-1)}@example.com`, cities: ['Boca Raton'] });
        }
        await (step % 5 === 3 ? crash() : pass());
        await advance(5 * minute + random() * (step % 3 === 0 ? 60 * hour : 9 * hour));
        await answer();
      }
      slack.becomeHonest();
      await until(
        'every lead to have a person',
        async () => {
          // What Slack refused for its content waits until a person has looked at it.
          const { rows } = await sql<{ id: string }>`
        select outbox_id::text as id from ops.outbox where content_rejected_yn and state = 'failed'`.execute(world.db);
          for (const { id } of rows) await retryMessage(world.db, id);
          await pass();
          await advance(2 * hour);
          const states = await Promise.all(leads.map((key) => loadLead(world.store, key)));
          const { rows: open } = await sql`
        select from ops.outbox where state in ('pending', 'sending') limit 1`.execute(world.db);
          return open.length === 0 && states.every(({ state }) => lifeOf(state).status === 'assigned');
        },
        patience,
      );

      for (const key of leads) {
        const reminders = new Map<string, number>();
        const ended = new Set<string>();
        const deadlines = new Map<string, string>();
        for (const { at, event } of await eventsOf(world.store, key)) {
          const end = (offer: string) => {
            assert.ok(!ended.has(offer), `${key}: the offer ${offer} ended twice`);
            ended.add(offer);
          };
          if (event.type === 'LeadOffered') deadlines.set(event.data.offerKey, event.data.expiresAt ?? '');
          if (event.type === 'LeadOfferExpired') {
            end(event.data.offerKey);
            assert.ok(at >= deadlines.get(event.data.offerKey)!, `${key}: an offer expired before its time`);
          }
          if (event.type === 'LeadAccepted' || event.type === 'LeadPassed' || event.type === 'LeadOfferWithdrawn') {
            end(event.data.offerKey);
          }
          if (event.type === 'LeadResponseReminded' || event.type === 'LeadEscalated') {
            const timer = event.type === 'LeadEscalated' ? event.data.escalationReason : event.type;
            reminders.set(timer, (reminders.get(timer) ?? 0) + 1);
          }
        }
        assert.equal(ended.size, deadlines.size, `${key}: every offer ended`);
        for (const [timer, times] of reminders) assert.equal(times, 1, `${key}: ${timer} fired ${times} times`);
      }

      const { rows } = await sql<{ id: string; state: string; kind: string; maybe: boolean }>`
      select outbox_id::text as id, state, kind, maybe_sent_yn as maybe from ops.outbox where channel = 'slack'`.execute(
        world.db,
      );
      const posted = new Map<string, number>();
      for (const { outboxId } of slack.slack) posted.set(outboxId, (posted.get(outboxId) ?? 0) + 1);
      for (const { id, state, kind } of rows) {
        const times = posted.get(id) ?? 0;
        assert.ok(times <= 1, `a ${kind} was posted ${times} times`);
        if (state === 'sent' && kind !== 'lead-offer-update')
          assert.equal(times, 1, `a ${kind} is marked sent, but was not posted`);
      }
      assert.ok(posted.size >= leads.length, 'every lead was posted');
    });
  }
});
