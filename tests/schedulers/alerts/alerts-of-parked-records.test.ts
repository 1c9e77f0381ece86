import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promote, rebuild, retryParked } from '../../../projections/index.ts';
import { projectionEntries } from '../../../projections/registry.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { ana, home, inBoca, tick } from '../support/alert-tick.ts';
import { openWorld, type World } from '../support/world.ts';

/**
 * Makes a read model reject some events, with code that is live from now on; the code on disk is right, so a retry or a
 * rebuild fixes it.
 *
 * @param when on `event`, as JavaScript
 */
const refuse = async (t: TestContext, world: World, folder: string, when: string): Promise<void> => {
  const right = projectionEntries.find(({ entry }) => entry.includes(`/${folder}/`))!;
  const entry = join(temporaryFolder(t), 'projection.ts');
  writeFileSync(
    entry,
    `import right from ${JSON.stringify(right.entry)};
export default { ...right, handle: (stored, rows) => {
  const event = stored.event;
  if (${when}) throw new Error('refused by the test');
  right.handle(stored, rows);
} };
`,
  );
  const entries = projectionEntries.map((each) => (each === right ? { entry } : each));
  const name = folder.replace('-', '_');
  await rebuild(world, [name], { entries });
  await promote(world, name);
};

/** Rebuilds everything with the code on disk, and promotes it. */
const rebuildAll = async (world: World): Promise<void> => {
  for (const { name } of await rebuild(world, 'all')) await promote(world, name);
};

const nothing: string[] = [];

test('a change that was parked when the alerts ran is sent after it is retried, and only once', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await world.listing('a', home);
  await tick(world);
  await refuse(t, world, 'listing-changes', `event.type === 'ListPriceChanged' && event.data.listPrice === 666`);

  await world.listing('a', { listPrice: 666 });
  await world.listing('b', home);
  const passed = await tick(world);
  assert.deepEqual([passed.sent, passed.counts.held], [['ana: New Listing b'], 1]);
  await world.listing('a', { listPrice: 400_000 });
  await world.listing('c', home);
  assert.deepEqual((await tick(world)).sent, ['ana: New Listing c'], 'later events wait behind a parked one');

  const [retried] = await retryParked(world, 'listing_changes');
  assert.equal(retried?.applied, 2);
  const fixed = await tick(world);
  assert.deepEqual([fixed.sent, fixed.counts.held], [['ana: Price Change a'], 0]);
  assert.deepEqual((await tick(world)).sent, nothing);
  await rebuildAll(world);
  assert.deepEqual((await tick(world)).sent, nothing);
});

test('a home that its read model rejected is sent when fixed code is promoted', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await tick(world);
  await refuse(t, world, 'listings', `event.type === 'ListingEntered' && event.data.listPrice === 666`);

  await world.listing('a', { ...home, listPrice: 666 });
  assert.deepEqual((await tick(world)).sent, nothing);
  assert.deepEqual((await tick(world)).sent, nothing);
  await rebuildAll(world);
  assert.deepEqual((await tick(world)).sent, ['ana: New Listing a']);
  assert.deepEqual((await tick(world)).sent, nothing);
});

test('a search that was parked gets homes that came on the market since, and not those from before', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.lead('bo', { email: 'bo@example.com' });
  await world.savedSearch('s', inBoca);
  await tick(world);
  await refuse(t, world, 'saved-searches', `event.type === 'SavedSearchCreated' && event.data.contactKey === 'bo'`);

  await world.listing('before', home);
  await world.savedSearch('t', { ...inBoca, contactKey: 'bo' });
  await world.listing('after', home);
  assert.deepEqual((await tick(world)).sent, ['ana: New Listing after', 'ana: New Listing before']);
  await retryParked(world, 'saved_searches');
  assert.deepEqual((await tick(world)).sent, ['bo: New Listing after']);
  assert.deepEqual((await tick(world)).sent, nothing);
});

test('a lead whose opt-out is parked gets no e-mail', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await tick(world);
  await refuse(t, world, 'leads', `event.type === 'LeadOptedOut'`);

  await world.lead('ana', {}, [{ type: 'OptOut' }]);
  await world.listing('a', home);
  const held = await tick(world);
  assert.deepEqual([held.sent, held.counts.held, held.counts.waiting], [nothing, 1, 1]);
  await retryParked(world, 'leads');
  const fixed = await tick(world);
  assert.deepEqual([fixed.sent, fixed.droppedBy], [nothing, { 'opted out': 1 }]);
});
