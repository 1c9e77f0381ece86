import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { Registry } from 'prom-client';
import {
  type BuildStatus,
  catchUp,
  projectionStatus,
  promote,
  rebuild,
  registerProjectionMetrics,
} from '../../projections/index.ts';
import { until } from '../support/until.ts';
import { pricesOnDisk } from './support/prices.ts';
import { record, useWorld } from './support/world.ts';

const world = useWorld();

/** The expected value of each metric for a build; a missing one has no sample. */
const expected = (build: BuildStatus): Record<string, number | null> => ({
  build_info: 1,
  position: build.position === null ? null : Number(build.position.commit),
  lag_events: build.lagEvents,
  events_total: build.events,
  events_per_second: build.eventsPerSecond,
  parked_events: build.parked,
  size_bytes: build.sizeBytes,
  failing: build.error === null ? 0 : 1,
  last_error_timestamp_seconds: build.errorAt === null ? null : build.errorAt.getTime() / 1000,
});

test('Prometheus gets what the list of projections shows', async (t) => {
  const { db, store } = world;
  const code = await pricesOnDisk();
  t.after(code.remove);
  const { entries } = code;
  await code.write({ onPrice: `throw new Error('no price is right')` });
  await record(store, 'a', { standardStatus: 'Active', listPrice: 100 });
  await record(store, 'a', { listPrice: 90 });
  await catchUp(world, { entries });
  await code.write();
  await rebuild(world, ['prices'], { entries });
  await promote(world, 'prices');
  await sql`update ops.projection_build set events_per_second = 2.5 where state = 'live'`.execute(db);
  // The previous version is stuck; the live one is behind.
  await sql`alter table prices_v1.prices rename column changes to remarks`.execute(db);
  await record(store, 'b', { standardStatus: 'Active', listPrice: 100 });
  await catchUp(world, { entries });
  await record(store, 'b', { listPrice: 80 });

  const builds = () => projectionStatus(world, { entries });
  await until('they lag by more than nothing', async () => (await builds()).every(({ lagSeconds }) => lagSeconds! > 0));

  const registry = new Registry();
  registerProjectionMetrics(registry, world);
  const metrics = await registry.getMetricsAsJSON();
  const listed = await builds();
  assert.deepEqual(
    listed.map(({ state, lagEvents, parked, error }) => [state, lagEvents, parked, error === null]),
    [
      ['previous', 2, 1, false],
      ['live', 1, 0, true],
    ],
    'every projection has metrics',
  );
  for (const build of listed) {
    const labels = { projection: 'prices', schema: build.schema, state: build.state };
    const sample = (name: string) => {
      const metric = metrics.find((one) => one.name === `openhouse_projection_${name}`)!;
      return metric.values.find((one) => one.labels.schema === build.schema);
    };
    for (const [name, value] of Object.entries(expected(build))) {
      assert.equal(sample(name)?.value ?? null, value, `${build.schema} ${name}`);
    }
    const lag = sample('lag_seconds')!.value;
    assert.ok(lag > 0 && lag <= build.lagSeconds!, `${lag} s, and ${build.lagSeconds} s a moment later`);
    assert.deepEqual(sample('position')!.labels, labels);
    assert.deepEqual(sample('build_info')!.labels, { ...labels, version: '1', holder: '' });
  }
  const text = await registry.metrics();
  assert.match(text, /^# TYPE openhouse_projection_events_total counter$/m);
  assert.match(text, /^# TYPE openhouse_projection_lag_events gauge$/m);
  assert.doesNotMatch(text, /changed by hand|no price is right/, 'no text of errors');
});
