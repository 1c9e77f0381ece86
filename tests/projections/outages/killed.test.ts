import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { appendHistory, madeHistory } from '../../../bench/support/history.ts';
import { listBuilds } from '../../../projections/engine/builds/builds.ts';
import { knownCode } from '../../../projections/engine/builds/code.ts';
import {
  catchUp,
  diffProjection,
  dropBuilds,
  prepareProjections,
  promote,
  rebuild,
} from '../../../projections/index.ts';
import { projectionEntries } from '../../../projections/registry.ts';
import { programArguments } from '../../support/bundle.ts';
import { until } from '../../support/until.ts';
import { useWorld } from '../support/world.ts';

// `kill -9` at random points. CRASH_ROUNDS=50 for more than the few that every test run does.
const rounds = Number(process.env.CRASH_ROUNDS ?? 2);
const world = useWorld();
const names = knownCode(projectionEntries).map(({ projection }) => projection.name);

const feeder = programArguments('tests/projections/support/feeder.ts');

/** Starts a feeder and returns it once it prints `ready`; `done` settles when it prints that, or ends. */
const start = async (mode: 'live' | 'rebuild'): Promise<{ child: ChildProcess; done: Promise<boolean> }> => {
  const child = spawn(process.execPath, [...feeder, mode, world.databaseUrl, world.server.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  const lines = createInterface({ input: child.stdout! });
  const said = (word: string) =>
    new Promise<boolean>((resolve) => {
      lines.on('line', (line) => line === word && resolve(true));
      child.once('exit', () => resolve(false));
    });
  const done = said('done');
  assert.ok(await said('ready'), 'the feeder started');
  return { child, done };
};

const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
};

/** Compares every live model with one that is built now by an undisturbed run. */
const assertUndisturbed = async (): Promise<void> => {
  await rebuild(world, 'all', { fromStart: true });
  for (const name of names) {
    const diff = await diffProjection(world, name);
    assert.ok(
      diff.equal,
      `${name}: ${JSON.stringify(diff.tables, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}`,
    );
  }
};

test(`killing the process that feeds the live models ${rounds} times gives the rows of an undisturbed run`, async (t) => {
  await prepareProjections(world.db);
  const history = madeHistory(600 + rounds * 400, 11)[Symbol.iterator]();
  const some = function* (count: number) {
    for (let made = 0; made < count; made++) {
      const next = history.next();
      if (next.done) return;
      yield next.value;
    }
  };
  for (let round = 0; round < rounds; round++) {
    const { child } = await start('live');
    t.after(() => kill(child));
    const appending = appendHistory(world.store, some(200), 8);
    // From its start to well into feeding, whatever the machine's speed; the next round continues what it left.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 1_200));
    await kill(child);
    await appending;
  }
  await appendHistory(world.store, some(100), 8);
  const { projections } = await catchUp(world);
  assert.deepEqual(
    projections.map(({ error, parked }) => [error, parked]),
    projections.map(() => [null, 0]),
  );
  await assertUndisturbed();
});

test(`killing a rebuild ${rounds} times gives the rows of an undisturbed run`, async (t) => {
  await appendHistory(world.store, madeHistory(6_000, 12, 'x'), 64);
  await catchUp(world);
  for (const name of names) await promote(world, name);
  for (const name of names) await dropBuilds(world.db, name);

  for (let round = 0; round < rounds; round++) {
    const { child, done } = await start('rebuild');
    t.after(() => kill(child));
    const moment = new Promise((resolve) => setTimeout(resolve, Math.random() * 1_500));
    // If one finishes early, a new one follows.
    await Promise.race([done, moment]);
    await kill(child);
  }
  const { done } = await start('rebuild');
  assert.ok(await done, 'the last run brings it to its end');
  const candidates = await listBuilds(world.db, ['building', 'ready']);
  assert.deepEqual(
    candidates.map(({ name, state }) => [name, state]),
    names.toSorted().map((name) => [name, 'ready']),
  );
  for (const name of names) assert.ok((await diffProjection(world, name)).equal, name);
});

test('when the process that feeds them is killed, another takes over within seconds', async (t) => {
  const first = await start('live');
  t.after(() => kill(first.child));
  const holders = async () => (await listBuilds(world.db, ['live'])).map(({ holder }) => holder !== null);
  await until('the first feeds all', async () => (await holders()).every(Boolean));
  const second = await start('live');
  t.after(() => kill(second.child));
  await kill(first.child);
  const killed = Date.now();
  await appendHistory(world.store, madeHistory(50, 13, 'y'), 8);
  const end = (await world.store.lastOwnPosition())!.commit;
  await until('the second has fed all', async () =>
    (await listBuilds(world.db, ['live'])).every(({ position }) => (position?.commit ?? 0n) >= end),
  );
  assert.ok(Date.now() - killed < 20_000, `took ${Date.now() - killed} ms`);
});
