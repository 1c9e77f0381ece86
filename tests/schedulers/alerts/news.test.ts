import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { rememberLegacyAlerts } from '../../../delivery/sent-memory.ts';
import { alerts } from '../../../schedulers/alerts/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import { home } from '../support/alert-tick.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
const cleanUps: (() => unknown)[] = [];
before(async () => {
  world = await openWorld({ after: (work) => void cleanUps.push(work as () => unknown) });
});
after(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

const hour = 3_600_000;

/** A buyer with a search for a town of their own; `tick` returns what the next run sends them. */
const buyer = async (name: string, scheduleType: 'ASAP' | 'Daily' | 'Weekly' = 'ASAP') => {
  await world.lead(name, { email: `${name}@example.com` });
  await world.savedSearch(`${name} ${scheduleType}`, {
    contactKey: name,
    savedSearchName: scheduleType,
    criteria: { cities: [name] },
    scheduleType,
    activeYN: true,
  });
  const tick = async (afterMs = hour / 4) => {
    await world.catchUp();
    world.clock.advance(afterMs);
    const before = (await messages(name)).length;
    assert.ok((await runJob(alerts, world.deps)).ran);
    return (await messages(name)).slice(before).flatMap(({ context, message }) =>
      context.homes.map((one) => {
        const { changeType, listPrice, previousListPrice } = one as unknown as Record<string, unknown>;
        const was = previousListPrice === null ? '' : `, was ${previousListPrice}`;
        assert.ok(message.TextBody);
        return `${changeType} ${listPrice}${was}`;
      }),
    );
  };
  await tick();
  const listing = (fields: object, key = `${name} home`) => world.listing(key, fields);
  return {
    tick,
    listing,
    enter: (fields: object = {}, key?: string) => listing({ ...home, city: name, ...fields }, key),
  };
};

const messages = async (contactKey: string) =>
  (await world.outbox()).filter((row) => row.contact_key === contactKey && row.channel === 'email');

test('450,000, then "Call", then 450,000 again is not news', async () => {
  const { tick, enter, listing } = await buyer('Unknown');
  await enter();
  assert.deepEqual(await tick(), ['New Listing 450000']);
  await listing({ listPrice: null });
  assert.deepEqual(await tick(), []);
  await listing({ listPrice: 450_000 });
  assert.deepEqual(await tick(), []);
  await listing({ listPrice: null });
  await listing({ listPrice: 440_000 });
  assert.deepEqual(await tick(), ['Price Change 440000, was 450000']);
});

test('a price that was unknown when sent is not news when it becomes known; the next price is', async () => {
  const { tick, enter, listing } = await buyer('Call');
  await enter({ listPrice: null });
  assert.deepEqual(await tick(), ['New Listing null']);
  await listing({ listPrice: 450_000 });
  assert.deepEqual(await tick(), []);
  await listing({ listPrice: 440_000 });
  assert.deepEqual(await tick(), ['Price Change 440000, was 450000']);
});

test('new at 450,000 and 440,000 before the first digest is new at 440,000', async () => {
  const { tick, enter, listing } = await buyer('Digest', 'Daily');
  await enter();
  await listing({ listPrice: 440_000 });
  assert.deepEqual(await tick(), ['New Listing 440000']);
});

test('a price that returns to what the buyer was sent is not news', async () => {
  const { tick, enter, listing } = await buyer('Back and forth', 'Daily');
  await enter();
  assert.deepEqual(await tick(), ['New Listing 450000']);
  await listing({ listPrice: 440_000 });
  assert.deepEqual(await tick(), []);
  await listing({ listPrice: 450_000 });
  assert.deepEqual(await tick(25 * hour), []);
});

test('the previous price in a message is the one that this buyer was sent, across several changes', async () => {
  const { tick, enter, listing } = await buyer('Several', 'Daily');
  await enter();
  await tick();
  for (const listPrice of [445_000, 470_000, 430_000]) await listing({ listPrice });
  assert.deepEqual(await tick(25 * hour), ['Price Change 430000, was 450000']);
});

test('going Pending and back to Active twice a day is not news', async () => {
  const { tick, enter, listing } = await buyer('Flip');
  await enter();
  assert.deepEqual(await tick(), ['New Listing 450000']);
  for (let times = 0; times < 2; times++) {
    await listing({ standardStatus: 'Pending' });
    assert.deepEqual(await tick(5 * hour), []);
    await listing({ standardStatus: 'Active' });
    assert.deepEqual(await tick(5 * hour), []);
  }
});

test('a home that stays Pending is reported once, after a day, and its return at once', async () => {
  const { tick, enter, listing } = await buyer('Fell through');
  await enter();
  await tick();
  await listing({ standardStatus: 'Pending' });
  assert.deepEqual(await tick(), []);
  assert.deepEqual(await tick(24 * hour), ['Pending 450000']);
  await listing({ standardStatus: 'Closed' });
  assert.deepEqual(await tick(), []);
  assert.deepEqual(await tick(48 * hour), []);
  await listing({ standardStatus: 'Active', listPrice: 440_000 });
  assert.deepEqual(await tick(), ['Back On Market 440000, was 450000']);
});

test('a home that came on the market and left it before the digest is sent as new when it returns', async () => {
  const { tick, enter, listing } = await buyer('Returns');
  await enter();
  await listing({ standardStatus: 'Pending' });
  assert.deepEqual(await tick(), []);
  await listing({ standardStatus: 'Active' });
  assert.deepEqual(await tick(), ['New Listing 450000']);
});

test('a home that was too expensive for the search before is new to the buyer', async () => {
  const { tick, enter, listing } = await buyer('Dearer');
  await world.savedSearch('Dearer ASAP', { criteria: { cities: ['Dearer'], listPriceMax: 450_000 } });
  await enter({ listPrice: 460_000 });
  assert.deepEqual(await tick(), []);
  await listing({ listPrice: 450_000 });
  assert.deepEqual(await tick(), ['New Listing 450000']);
});

test('a daily search whose only home was already sent by an instant one does not slip a day', async () => {
  const { tick, enter } = await buyer('Slips', 'Daily');
  await enter({}, 'slips 1');
  assert.deepEqual(await tick(), ['New Listing 450000'], 'from now on the daily one waits a day');
  await world.savedSearch('Slips at once', {
    contactKey: 'Slips',
    criteria: { cities: ['Slips'], bedroomsMin: 4 },
    scheduleType: 'ASAP',
    activeYN: true,
  });
  await enter({ bedroomsTotal: 4 }, 'slips 2');
  assert.deepEqual(await tick(2 * hour), ['New Listing 450000'], 'by the instant one');
  assert.deepEqual(await tick(24 * hour), [], 'the daily one is due and has nothing left to send');
  await enter({}, 'slips 3');
  assert.deepEqual(await tick(), ['New Listing 450000']);
});

test('a daily search that finds the same home as an instant one at the same time does not slip a day either', async () => {
  const { tick, enter } = await buyer('Together', 'Daily');
  await world.savedSearch('Together at once', {
    contactKey: 'Together',
    criteria: { cities: ['Together'], bedroomsMin: 4 },
    scheduleType: 'ASAP',
    activeYN: true,
  });
  await tick();
  await enter({ bedroomsTotal: 4 }, 'together 1');
  assert.deepEqual(await tick(), ['New Listing 450000']);
  await enter({}, 'together 2');
  assert.deepEqual(await tick(), ['New Listing 450000']);
});

test('a home that the old CRM sent counts as sent; its first known price is not a change', async () => {
  const { tick, enter, listing } = await buyer('Legacy');
  const sentAt = new Date(world.clock.now().getTime() - hour).toISOString();
  await rememberLegacyAlerts(world.db, [{ contactKey: 'Legacy', listingKey: 'Legacy home', sentAt }]);
  await enter({ listPrice: null });
  assert.deepEqual(await tick(), []);
  await listing({ listPrice: 450_000 });
  assert.deepEqual(await tick(), []);
  await listing({ listPrice: 440_000 });
  assert.deepEqual(await tick(), ['Price Change 440000, was 450000']);
});

test('a search last sent "in the future" by a wrong clock is not delayed', async () => {
  const { tick, enter } = await buyer('Ahead', 'Weekly');
  await sql`
    insert into ops.alert_search (saved_search_key, last_sent_at)
    values ('Ahead Weekly', ${new Date(world.clock.now().getTime() + 365 * 24 * hour)})`.execute(world.db);
  await enter();
  assert.deepEqual(await tick(), ['New Listing 450000']);
  await enter({}, 'ahead 2');
  assert.deepEqual(await tick(), [], 'from then on the week counts');
});

test('however often a home is sent, the memory keeps one row', async () => {
  const { tick, enter, listing } = await buyer('Bounded');
  await enter();
  for (let price = 449_000; price > 440_000; price -= 2_000) {
    await tick();
    await listing({ listPrice: price });
  }
  await tick();
  const { rows } = await sql<{ sent_status: string; sent_price: string; sent_at: Date }>`
    select sent_status, sent_price, sent_at from ops.sent_memory where contact_key = 'Bounded'`.execute(world.db);
  assert.deepEqual(rows, [{ sent_status: 'Active', sent_price: '441000.00', sent_at: world.clock.now() }]);
});
