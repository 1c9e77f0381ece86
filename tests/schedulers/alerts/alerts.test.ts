import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { rememberLegacyAlerts } from '../../../delivery/sent-memory.ts';
import { alerts } from '../../../schedulers/alerts/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import { ana, home, inBoca, tick } from '../support/alert-tick.ts';
import { openWorld } from '../support/world.ts';

test('homes on the market when a search is first seen count as seen; later ones are sent once', async (t) => {
  const world = await openWorld(t);
  await world.listing('old', home);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  assert.deepEqual((await tick(world)).sent, []);

  await world.listing('new', home);
  await world.listing('elsewhere', { ...home, city: 'Stuart' });
  await world.listing('old', { listPrice: 425_000 });
  assert.deepEqual((await tick(world)).sent, ['ana: New Listing new', 'ana: Price Change old']);
  assert.deepEqual((await tick(world)).sent, []);

  const [digest, ...rest] = await world.outbox();
  assert.equal(rest.length, 0, 'one e-mail for both homes');
  assert.equal(digest?.recipient, 'ana@example.com');
  assert.equal(digest?.message.Subject, '2 homes for you: 1 price drop, 1 new');
  assert.match(String(digest?.message.TextBody), /PRICE DROP: \$450,000 -> \$425,000, −\$25,000 \(5\.6%\)/);
  assert.match(String(digest?.message.HtmlBody), /https:\/\/crm\.example\.com\/homes\/new/);
});

test('a search with new criteria gets no homes from before the change', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', { ...inBoca, criteria: { cities: ['Stuart'] } });
  await tick(world);
  await world.listing('before', home);
  await world.savedSearch('s', { criteria: inBoca.criteria });
  await world.listing('after', home);
  assert.deepEqual((await tick(world)).sent, ['ana: New Listing after']);
});

test('a home is sent in its present state, or not sent if it has left the market', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await tick(world);
  await world.listing('cheaper', home);
  await world.listing('cheaper', { listPrice: 400_000 });
  await world.listing('sold', home);
  await world.listing('sold', { standardStatus: 'Pending' });
  await world.listing('back', { ...home, standardStatus: 'Pending' });
  await world.listing('back', { standardStatus: 'Active' });
  await world.listing('soon', { ...home, standardStatus: 'Coming Soon' });
  assert.deepEqual((await tick(world)).sent, [
    'ana: Back On Market back',
    'ana: Coming Soon soon',
    'ana: New Listing cheaper',
  ]);
});

test('only homes and addresses that may be shown are sent', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await tick(world);
  await world.listing('hidden', { ...home, internetEntireListingDisplayYN: false });
  await world.listing('discreet', { ...home, internetAddressDisplayYN: false });
  assert.deepEqual((await tick(world)).sent, ['ana: New Listing discreet']);
  const [digest] = await world.outbox();
  for (const body of [digest?.message.TextBody, digest?.message.HtmlBody]) {
    assert.doesNotMatch(String(body), /Ocean Drive/);
    assert.match(String(body), /Address on request, Boca Raton, FL 33432/);
  }
});

test('a lead who opted out, has no address, or switched the search off gets no e-mail', async (t) => {
  const world = await openWorld(t);
  await world.lead('out', { email: 'out@example.com' }, [{ type: 'OptOut' }]);
  await world.lead('phone', { mobilePhone: '+15615550134' });
  await world.lead('paused', { email: 'paused@example.com' });
  for (const contactKey of ['out', 'phone', 'paused', 'nobody'])
    await world.savedSearch(`s-${contactKey}`, { ...inBoca, contactKey });
  await world.savedSearch('s-paused', { activeYN: false });
  await tick(world);
  await world.listing('new', home);
  const { sent, droppedBy, counts } = await tick(world);
  assert.deepEqual(sent, []);
  assert.deepEqual(droppedBy, { 'opted out': 1, 'no e-mail address': 1, 'lead unknown': 1 });
  assert.equal(counts.waiting, 0);
});

test('two searches of one lead find a home: one card, both named', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await world.savedSearch('t', { contactKey: 'ana', criteria: { postalCodes: ['33432'], listPriceMax: 500_000 } });
  await tick(world);
  await world.listing('new', home);
  assert.deepEqual((await tick(world)).sent, ['ana: New Listing new']);
  const [digest] = await world.outbox();
  assert.match(String(digest?.message.TextBody), /Your searches “Boca” and “33432, up to \$500,000”/);
  assert.equal(digest?.message.Subject, 'New: 3-bedroom home in Boca Raton, $450,000');
});

test('daily and weekly e-mails come at most once a day or week, and lose nothing in between', async (t) => {
  const world = await openWorld(t);
  for (const scheduleType of ['Daily', 'Weekly'] as const) {
    await world.lead(scheduleType, { email: `${scheduleType}@example.com` });
    await world.savedSearch(scheduleType, { ...inBoca, contactKey: scheduleType, scheduleType });
  }
  await tick(world);
  await world.listing('a', home);
  assert.deepEqual((await tick(world)).sent, ['Daily: New Listing a', 'Weekly: New Listing a']);
  await world.listing('b', home);
  const { sent, counts } = await tick(world);
  assert.deepEqual([sent, counts.waiting], [[], 2]);
  await world.listing('c', home);
  await world.listing('b', { listPrice: 440_000 });
  world.clock.advance(23 * 3_600_000);
  assert.deepEqual((await tick(world)).sent, [], 'not quite a day');
  world.clock.advance(15 * 60_000);
  assert.deepEqual((await tick(world)).sent, ['Daily: New Listing b', 'Daily: New Listing c']);
  await world.listing('c', { standardStatus: 'Pending' });
  world.clock.advance(6 * 24 * 3_600_000);
  const later = await tick(world);
  assert.deepEqual(later.sent, ['Weekly: New Listing b'], 'c is gone by now');
  world.clock.advance(24 * 3_600_000);
  assert.deepEqual((await tick(world)).sent, ['Daily: Pending c'], 'and buyers who knew it are notified after a day');
});

test('a search changed to ASAP gets the matches that were waiting', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', { ...inBoca, scheduleType: 'Weekly' });
  await tick(world);
  await world.listing('a', home);
  await tick(world);
  await world.listing('b', home);
  assert.deepEqual((await tick(world)).sent, []);
  await world.savedSearch('s', { scheduleType: 'ASAP' });
  assert.deepEqual((await tick(world)).sent, ['ana: New Listing b']);
});

test('a home that the old CRM sent is not sent again; a later price drop is', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await tick(world);
  const sent = (listingKey: string) => ({ contactKey: 'ana', listingKey, sentAt: '2026-03-15T00:00:00.000Z' });
  await rememberLegacyAlerts(world.db, ['known', 'earlier', 'later'].map(sent));
  await world.listing('known', home, '2026-03-20T00:00:00.000Z');
  for (const [key, changedAt] of [
    ['earlier', '2026-03-10T00:00:00.000Z'],
    ['later', '2026-03-16T00:00:00.000Z'],
  ] as const) {
    await world.listing(key, home, '2026-03-01T00:00:00.000Z');
    await world.listing(key, { listPrice: 400_000 }, changedAt);
  }
  const { sent: notified, droppedBy } = await tick(world);
  assert.deepEqual(notified, ['ana: Price Change later']);
  assert.deepEqual(droppedBy, { 'already sent': 2 });
  await world.listing('known', { listPrice: 400_000 });
  assert.deepEqual((await tick(world)).sent, ['ana: Price Change known']);
});

test('a tick is on record with its counts, and a failed one with its error', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await tick(world);
  await world.listing('new', home);
  await tick(world);
  const runs = async () =>
    (
      await sql<{ result: string; counts: { digests?: number }; error: string | null; finished_at: Date | null }>`
        select result, counts, error, finished_at from ops.job_run order by job_run_id`.execute(world.db)
    ).rows;
  const [, second] = await runs();
  assert.equal(second?.result, 'succeeded');
  assert.equal(second?.counts.digests, 1);
  assert.ok(second?.finished_at);

  await world.listing('newer', home);
  await world.catchUp();
  world.clock.advance(1);
  await sql`alter table ops.outbox rename to outbox_gone`.execute(world.db);
  await assert.rejects(runJob(alerts, world.deps), /outbox/);
  await sql`alter table ops.outbox_gone rename to outbox`.execute(world.db);
  const third = (await runs()).at(-1);
  assert.equal(third?.result, 'failed');
  assert.match(third?.error ?? '', /outbox/);
  assert.deepEqual(
    (await tick(world)).sent,
    ['ana: New Listing newer'],
    'the next run does what the failed one did not',
  );
});

test('of two ticks at once, one runs and the other reports that; a slot is run once', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await tick(world);
  await world.listing('new', home);
  await world.catchUp();
  const slot = { scheduledFor: new Date('2026-04-01T00:00:00Z'), trigger: 'schedule' } as const;
  const outcomes = await Promise.all([1, 2, 3].map(() => runJob(alerts, world.deps, slot)));
  assert.equal(outcomes.filter((outcome) => outcome.ran).length, 1);
  assert.equal((await world.outbox()).length, 1);
  const again = await runJob(alerts, world.deps, slot);
  assert.deepEqual(again, { ran: false, because: 'done', holder: null });
});

test('waiting matches follow a search that moves to another lead', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.lead('anna', { email: 'anna@example.com' });
  await world.savedSearch('s', { ...inBoca, contactKey: 'anna', scheduleType: 'Weekly' });
  await tick(world);
  await world.listing('a', home);
  assert.deepEqual((await tick(world)).sent, ['anna: New Listing a']);
  await world.listing('b', home);
  assert.equal((await tick(world)).counts.waiting, 1);
  await world.savedSearch('s', { contactKey: 'ana' });
  world.clock.advance(8 * 24 * 3_600_000);
  assert.deepEqual((await tick(world)).sent, ['ana: New Listing b']);
});
