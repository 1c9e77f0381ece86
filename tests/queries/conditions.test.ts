import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { sql } from 'kysely';
import type { Listening } from '../../console/http.ts';
import { conditions } from '../../queries/conditions/list.ts';
import { jobs } from '../../schedulers/jobs.ts';
import { openConsole } from '../console/support.ts';
import { assertWritten } from '../docs/written-page.ts';
import { openWorld, type World } from '../history/support.ts';
import { migrateAll } from '../support/postgres/migrated-database.ts';
import { conditionsPage } from './conditions-page.ts';
import { injections } from './injections/index.ts';
import { ourChannelIsGone } from './injections/messages.ts';
import { startMainProcess, stopMainProcess } from './injections/processes.ts';
import { assertGone, assertShown, lookAround, lookAtConsole, names } from './look-around.ts';

/** The tests of these need their own servers or settings: see `conditions-of-servers` and `conditions-of-settings`. */
const ownTests = [
  'postgres-down',
  'event-store-down',
  'database-ahead-of-store',
  'postal-address-missing',
  'postmark-reports-off',
  'postmark-reports-missing',
  'legacy-type-not-mapped',
  'legacy-other-mapping',
  'legacy-differs',
  'connections-run-out',
  'read-models-missing',
];

test('every condition is caused by a test', () => {
  assert.deepEqual([...Object.keys(injections), ...ownTests].sort(), conditions.map(({ name }) => name).sort());
});

test('the documentation is generated from the current conditions', () => {
  assertWritten('docs/when-something-is-wrong.md', conditionsPage());
});

suite('each condition shows in health, metrics, console and doctor until it is repaired', () => {
  let world: World;
  let console: Listening;
  before(async () => {
    world = await openWorld();
    await migrateAll(world.db);
    await world.tell('agent', 'a1', {
      type: 'RecordAgent',
      memberKey: 'a1',
      fields: { memberFullName: 'Dana', memberEmail: 'dana@example.com' },
    });
    await world.tell('agent', 'b1', {
      type: 'RecordAgent',
      memberKey: 'b1',
      fields: { memberFullName: 'Robin Cole', memberEmail: 'robin@example.com', roles: ['broker'] },
    });
    await world.catchUp();
    await sql`insert into ops.alert_cursor (position) values (0)`.execute(world.db);
    await startMainProcess(world);
    console = await openConsole(world);
  });
  after(async () => {
    await stopMainProcess(world);
    await console.close();
    await world.close();
  });

  /** Nothing runs them here, and they must not be overdue. */
  const jobsHaveRun = async () => {
    await sql`insert into ops.job_run (job, scheduled_for, trigger, started_at, finished_at, result, lease_token)
      select job, clock_timestamp(), 'schedule', clock_timestamp(), clock_timestamp(), 'succeeded', 1
      from unnest(${jobs.map(({ name }) => name)}::text[]) as job`.execute(world.db);
  };

  const nothingIsWrong = async () => {
    const { health, doctor } = await lookAround(console, world);
    assert.equal(health.code, 200);
    assert.deepEqual([names(health.problems), names(doctor.problems)], [[], []]);
  };
  test('all report that nothing is wrong', nothingIsWrong);

  for (const [name, { how, inject, repair, exitCode }] of Object.entries(injections)) {
    test(`${name}: ${how}`, async () => {
      await jobsHaveRun();
      const injected = await inject(world);
      try {
        const seen = await lookAround(console, world);
        assertShown(name, seen);
        // The server is shared with other tests, which may hold nearly all of its connections.
        const crowded = seen.health.problems.some(({ condition }) => condition === 'connections-run-out');
        const expected = crowded && exitCode === 0 ? 3 : exitCode;
        assert.equal(seen.doctor.code, expected, JSON.stringify(seen.doctor));
        const status = { 0: 'ok', 1: 'degraded', 3: 'attention' }[expected];
        assert.deepEqual([seen.health.code, seen.health.status], [200, status]);
      } finally {
        await repair(world, injected);
      }
      await jobsHaveRun();
      assertGone(name, await lookAtConsole(console));
    });
  }

  test('an import that stopped for its quarantine is not reported as unfinished too', async () => {
    await jobsHaveRun();
    const { inject, repair } = injections['import-stopped']!;
    const injected = await inject(world);
    const { health } = await lookAtConsole(console);
    await repair(world, injected);
    const aboutImports = health.problems.filter(({ condition }) => condition.startsWith('import-'));
    assert.deepEqual(
      aboutImports.map(({ condition }) => condition),
      ['import-stopped'],
    );
  });

  test(`channel-refused: ${ourChannelIsGone.how}`, async () => {
    await jobsHaveRun();
    await ourChannelIsGone.inject(world);
    const seen = await lookAround(console, world);
    await ourChannelIsGone.repair(world, undefined);
    assertShown('channel-refused', seen);
    assert.equal(seen.doctor.code, 1, JSON.stringify(seen.doctor));
    await jobsHaveRun();
    assertGone('channel-refused', await lookAtConsole(console));
  });

  test('and all report again that nothing is wrong', nothingIsWrong);
});
