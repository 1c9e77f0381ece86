import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alerts } from '../../../schedulers/alerts/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { openWorld } from '../support/world.ts';

type Home = { standardStatus: 'Active' | 'Coming Soon' | 'Pending' | 'Closed'; listPrice: number | null };
type Step = { readonly home: number; readonly change: Partial<Home> } | { readonly hours: number };

const homes = 6;
const hour = 3_600_000;
const buyers = { asap: 'ASAP', daily: 'Daily', weekly: 'Weekly' } as const;

const change: fc.Arbitrary<Step> = fc.record({
  home: fc.nat(homes - 1),
  change: fc.oneof(
    fc.record({ listPrice: fc.constantFrom(null, 440_000, 450_000, 460_000) }),
    fc.record({
      standardStatus: fc.constantFrom<Home['standardStatus']>('Active', 'Coming Soon', 'Pending', 'Closed'),
    }),
  ),
});
const tick: fc.Arbitrary<Step> = fc.record({ hours: fc.constantFrom(0.25, 0.25, 7, 30) });
const steps = fc.array(fc.oneof({ weight: 4, arbitrary: change }, { weight: 1, arbitrary: tick }), {
  minLength: 40,
  maxLength: 60,
});

const onMarket = ({ standardStatus }: Home) => standardStatus === 'Active' || standardStatus === 'Coming Soon';

/** What a buyer may be sent about a home, given what they were sent before; written without looking at the code. */
const expected = (sent: Home | undefined, now: Home): { changeType: string; previousListPrice: number | null } => {
  if (sent === undefined) {
    assert.ok(onMarket(now), 'a home is first sent while it is on the market');
    return { changeType: 'first', previousListPrice: null };
  }
  if (!onMarket(now)) {
    assert.ok(onMarket(sent), 'a home is reported as gone only once');
    return { changeType: now.standardStatus, previousListPrice: null };
  }
  const cheaper = sent.listPrice !== null && now.listPrice !== null && sent.listPrice !== now.listPrice;
  const previousListPrice = cheaper ? sent.listPrice : null;
  if (!onMarket(sent)) {
    return { changeType: now.standardStatus === 'Active' ? 'Back On Market' : 'Coming Soon', previousListPrice };
  }
  if (sent.standardStatus === 'Coming Soon' && now.standardStatus === 'Active') {
    return { changeType: 'Active', previousListPrice };
  }
  assert.ok(cheaper, `nothing new: ${JSON.stringify({ sent, now })}`);
  return { changeType: 'Price Change', previousListPrice };
};

test('whatever happens to homes, each message differs from the last, is true, and in the end buyers know everything', async (t) => {
  const world = await openWorld(t);
  for (const [name, scheduleType] of Object.entries(buyers)) {
    await world.lead(name, { email: `${name}@example.com` });
    await world.savedSearch(name, {
      contactKey: name,
      criteria: { cities: ['Boca Raton'] },
      scheduleType,
      activeYN: true,
    });
  }
  await world.catchUp();
  assert.ok((await runJob(alerts, world.deps)).ran);

  let round = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      round++;
      const key = (home: number) => `home-${round}-${home}`;
      const now = new Map<string, Home>();
      const sent = new Map<string, Home>();
      let seen = (await world.outbox()).length;

      const run = async (hours: number) => {
        await world.catchUp();
        world.clock.advance(hours * hour);
        assert.ok((await runJob(alerts, world.deps)).ran);
        const messages = (await world.outbox()).filter(({ channel }) => channel === 'email');
        const fresh = messages.slice(seen);
        seen = messages.length;
        const recipients = fresh.map(({ contact_key }) => contact_key);
        assert.equal(new Set(recipients).size, recipients.length, 'one e-mail to each buyer');
        for (const { contact_key, context } of fresh) {
          for (const one of context.homes) {
            const home = now.get(one.listingKey);
            if (home === undefined) continue; // of an earlier round
            const { changeType, standardStatus, listPrice, previousListPrice } = one as typeof one & {
              standardStatus: string;
              listPrice: number | null;
              previousListPrice: number | null;
            };
            assert.deepEqual({ standardStatus, listPrice }, home, 'the message is true');
            const pair = `${contact_key} ${one.listingKey}`;
            const before = sent.get(pair);
            const wanted = expected(before, home);
            if (wanted.changeType !== 'first') assert.equal(changeType, wanted.changeType);
            assert.notEqual(before === undefined && changeType === 'Price Change', true);
            assert.equal(previousListPrice, wanted.previousListPrice);
            sent.set(pair, { ...home, listPrice: home.listPrice ?? before?.listPrice ?? null });
          }
        }
      };

      for (const step of script) {
        if ('hours' in step) {
          await run(step.hours);
          continue;
        }
        const before = now.get(key(step.home));
        const next: Home = { standardStatus: 'Active', listPrice: 450_000, ...before, ...step.change };
        now.set(key(step.home), next);
        const address = { city: 'Boca Raton', unparsedAddress: key(step.home) };
        await world.listing(key(step.home), before === undefined ? { ...next, ...address } : step.change);
        // A value that was unknown when sent becomes known. That is not news, but the next price is compared with it.
        for (const name of Object.keys(buyers)) {
          const pair = `${name} ${key(step.home)}`;
          const known = sent.get(pair);
          if (known !== undefined && known.listPrice === null) sent.set(pair, { ...known, listPrice: next.listPrice });
        }
      }
      // Every schedule becomes due, and homes that left the market have settled.
      await run(8 * 24);
      await run(8 * 24);
      for (const [name] of Object.entries(buyers)) {
        for (const [listingKey, home] of now) {
          const known = sent.get(`${name} ${listingKey}`);
          if (known === undefined) {
            assert.equal(onMarket(home), false, `${name} never heard of ${listingKey}`);
            continue;
          }
          assert.equal(onMarket(known), onMarket(home), `${name} knows whether ${listingKey} is there`);
          if (!onMarket(home)) continue;
          if (home.listPrice !== null) assert.equal(known.listPrice, home.listPrice, `${name}: price of ${listingKey}`);
          if (home.standardStatus === 'Active') assert.equal(known.standardStatus, 'Active');
        }
      }
      await run(8 * 24);
    }),
    { numRuns: runs(4) },
  );
});
