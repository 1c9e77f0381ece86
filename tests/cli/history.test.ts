import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Command } from 'commander';
import { commandFiles } from '../../cli/command-files.ts';
import type { Context } from '../../cli/context.ts';
import { openWorld } from '../history/support.ts';
import { openhouse } from '../support/command.ts';

/** A listing that was made of two documents of the old CRM, which disagree about its price. */
const setUp = async (t: TestContext) => {
  const world = await openWorld();
  t.after(world.close);
  const fields = {
    listingId: 'RX-1',
    standardStatus: 'Active' as const,
    listPrice: 525_000,
    legacyIds: ['properties/7001', 'properties/7002'],
    otherValues: [{ field: 'listPrice', value: '475000', legacyId: 'properties/7002' }],
  };
  await world.tell(
    'listing',
    'l1',
    { type: 'RecordListing', listingKey: 'l1', fields },
    { source: 'legacy:properties/7001' },
  );
  await world.catchUp();
  const servers = { DATABASE_URL: world.databaseUrl, EVENTSTORE_URL: world.eventStoreUrl };
  return async (args: readonly string[], env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await openhouse(['history', 'listing', ...args], {
      extraEnv: { ...servers, ...env },
    });
    assert.equal(code, 0, stderr);
    return stdout;
  };
};

test("history shows times in the brokerage's time zone, unless another one is given", async (t) => {
  const history = await setUp(t);
  assert.match(await history(['RX-1']), /happened 2026-01-15 04:00:00 EST/);
  assert.match(await history(['RX-1'], { OPENHOUSE_TIME_ZONE: 'America/Chicago' }), /2026-01-15 03:00:00 CST/);
  assert.match(await history(['RX-1', '--time-zone', 'UTC']), /2026-01-15 09:00:00 UTC/);
  const state = JSON.parse(await history(['RX-1', '--at', '2099-01-31', '--json']));
  assert.equal(state.at, '2099-02-01T04:59:59.999Z', 'the end of the day there');
});

test('history shows fields and documents of the old CRM as people call them, and finds the record by the ID shown', async (t) => {
  const history = await setUp(t);
  const text = await history(['RX-1']);
  assert.match(text, /from listing 7001 of the old CRM/);
  assert.match(text, /Other values in the old CRM +List price: \$475,000 \(listing 7002\)/);
  assert.doesNotMatch(text, /listPrice|legacy:|properties\//);
  assert.equal(await history(['7002']), text);
  const { entries } = JSON.parse(await history(['RX-1', '--json']));
  assert.equal(entries[0].source, 'legacy:properties/7001');
});

test("no command has a time zone of its own: without --time-zone, it uses the brokerage's or the agent's", async () => {
  const openhouse = new Command('openhouse');
  for (const { load } of commandFiles()) (await load()).register(openhouse, {} as Context);
  const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];
  const options = all(openhouse).flatMap(({ options }) => options.filter(({ long }) => long === '--time-zone'));
  assert.ok(options.length >= 3);
  for (const { defaultValue } of options) assert.equal(defaultValue, undefined);
});
