import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, suite, type TestContext, test } from 'node:test';
import { Command } from 'commander';
import { sql } from 'kysely';
import pg from 'pg';
import { pino } from 'pino';
import { register } from '../../cli/commands/servers/doctor.ts';
import type { Context } from '../../cli/context.ts';
import { changeOwnership } from '../../commands/ownership/change-ownership.ts';
import type { Listening } from '../../console/http.ts';
import { messageHtml } from '../../console/rendering/html.ts';
import { migrateImport } from '../../importers/migrations.ts';
import { loadConfig } from '../../platform/config/config.ts';
import { openDatabase } from '../../platform/database/database.ts';
import type { Problem } from '../../queries/conditions/examine.ts';
import { conditions } from '../../queries/conditions/list.ts';
import { jobs } from '../../schedulers/jobs.ts';
import { openConsole } from '../console/support.ts';
import { assertWritten } from '../docs/written-page.ts';
import { openWorld, type World } from '../history/support.ts';
import { byPerson } from '../importers/support/importer.ts';
import { emptyStore } from '../support/event-store/empty-store.ts';
import { migrateAll } from '../support/postgres/migrated-database.ts';
import { testPostgres } from '../support/postgres/test-postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { conditionsPage } from './conditions-page.ts';
import { injections } from './injections/index.ts';
import { run } from './injections/injection.ts';
import { ourChannelIsGone } from './injections/messages.ts';
import { startMainProcess, stopMainProcess } from './injections/processes.ts';

/** What the console answers. */
type Shown = {
  readonly health: { readonly code: number; readonly status: string; readonly problems: readonly Problem[] };
  readonly metrics: string;
  readonly page: string;
};

/** The answers of the four places. */
type Seen = Shown & {
  readonly doctor: { readonly code: number; readonly problems: readonly Problem[] | null };
};

type Settings = Readonly<Record<string, string>>;

/** `openhouse doctor --json`, in this process. */
const askDoctor = async (databaseUrl: string, eventStoreUrl: string, env: Settings = {}): Promise<Seen['doctor']> => {
  let code = 0;
  let printed: unknown;
  const config = loadConfig({ DATABASE_URL: databaseUrl, EVENTSTORE_URL: eventStoreUrl, ...env });
  const context = {
    config: () => config,
    json: () => true,
    print: (result: unknown) => {
      printed = result;
    },
    exitWith: (wanted: number) => {
      code = wanted;
    },
    withServers: (work: (servers: object, config: object) => Promise<unknown>) =>
      work({ databaseUrl, eventStoreUrl }, config),
  } as unknown as Context;
  const program = new Command();
  register(program, context);
  await program.parseAsync(['node', 'openhouse', 'doctor']);
  return { code, problems: (printed as { problems: readonly Problem[] | null }).problems };
};

/** Until when a console may answer what it has found before: for 250 ms, and then some. */
let sharedUntil = 0;

const lookAtConsole = async (console: Listening): Promise<Shown> => {
  await new Promise((resolve) => setTimeout(resolve, sharedUntil - Date.now()));
  const get = async (path: string) => await fetch(console.url + path);
  const [health, metrics, page] = await Promise.all([
    get('/health'),
    get('/metrics').then((response) => response.text()),
    get('/').then((response) => response.text()),
  ]);
  sharedUntil = Date.now() + 300;
  const { status, problems } = (await health.json()) as Shown['health'];
  return { health: { code: health.status, status, problems }, metrics, page };
};

/** Conditions, without the one that other tests on the same PostgreSQL can cause at any time. */
const names = (problems: readonly Problem[] | null) =>
  [...new Set(problems?.map(({ condition }) => condition))].filter((name) => name !== 'connections-run-out').sort();

/** Looks in all four places. The doctor always shows what /health does, so to see what is gone, /health is enough. */
const lookAround = async (
  console: Listening,
  { databaseUrl, eventStoreUrl }: World,
  env: Settings = {},
): Promise<Seen> => {
  const [shown, doctor] = await Promise.all([lookAtConsole(console), askDoctor(databaseUrl, eventStoreUrl, env)]);
  assert.deepEqual(names(doctor.problems), names(shown.health.problems));
  return { ...shown, doctor };
};

/** Looks in all four places for a condition. */
const assertShown = (name: string, seen: Seen): void => {
  const problem = seen.health.problems.find(({ condition }) => condition === name);
  assert.ok(problem, `/health shows ${name}: ${JSON.stringify(seen.health.problems)}`);
  assert.match(seen.metrics, new RegExp(`^openhouse_condition\\{condition="${name}"\\} [1-9]`, 'm'));
  assert.ok(seen.page.includes(messageHtml(problem.whatToDo)), `the page says what to do about ${name}`);
  assert.ok(
    seen.doctor.problems?.some(({ condition }) => condition === name),
    `the doctor shows ${name}`,
  );
};

const assertGone = (name: string, { health, metrics }: Shown): void => {
  assert.ok(!health.problems.some(({ condition }) => condition === name), `${name} is gone from /health`);
  assert.match(metrics, new RegExp(`^openhouse_condition\\{condition="${name}"\\} 0$`, 'm'));
};

/** Conditions that need their own servers have separate tests below. */
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

test('event-store-down: its process is gone', async (t) => {
  const world = await openWorld();
  const console = await openConsole(world);
  t.after(async () => {
    await console.close();
    await world.close();
  });
  await world.stopEventStore();
  const seen = await lookAround(console, world);
  assert.deepEqual([seen.health.code, seen.health.status, seen.doctor.code], [503, 'down', 4]);
  const found = seen.health.problems.find(({ condition }) => condition === 'event-store-down');
  const since = Date.parse(String(found?.since));
  assert.ok(Date.now() - since < 60_000, `away since ${found?.since}`);
  assert.match(seen.metrics, /^openhouse_condition\{condition="event-store-down"\} 1$/m);
  const metric = /^openhouse_part_away_since_seconds\{part="Event store"\} (\S+)$/m.exec(seen.metrics)?.[1];
  assert.equal(Number(metric), since / 1000);
  assert.match(seen.page, /event store does not answer/);
  assert.equal((await fetch(`${console.url}/health/ready`)).status, 503);
  assert.equal((await fetch(`${console.url}/health/live`)).status, 200);
});

test('database-ahead-of-store: the database is used with another event store', async (t) => {
  const [world, other] = await Promise.all([openWorld(), openWorld()]);
  const fields = { memberFullName: 'Dana', memberEmail: 'dana@example.com' };
  await world.tell('agent', 'a1', { type: 'RecordAgent', memberKey: 'a1', fields });
  await world.catchUp();
  const mixed = { ...world, store: other.store, eventStoreUrl: other.eventStoreUrl };
  const console = await openConsole(mixed);
  t.after(async () => {
    await console.close();
    await world.close();
    await other.close();
  });
  const seen = await lookAround(console, mixed);
  assertShown('database-ahead-of-store', seen);
  assert.deepEqual([seen.health.status, seen.doctor.code], ['degraded', 1]);
});

const postmark = {
  POSTMARK_SERVER_TOKEN: 't',
  POSTMARK_FROM: 'Sunshine Homes <homes@example.com>',
  OPENHOUSE_BASE_URL: 'https://homes.example.com',
};

/** A console and a doctor with these settings, besides those of the servers. */
const withSettings = async (t: TestContext, settings: Settings) => {
  const world = await openWorld();
  t.after(() => world.close());
  const seenWith = async (more: Settings) => {
    const env = { ...settings, ...more };
    const console = await openConsole(world, pino({ level: 'silent' }), '127.0.0.1', env);
    try {
      return await lookAround(console, world, env);
    } finally {
      await console.close();
    }
  };
  return { world, seenWith };
};

test('postal-address-missing: e-mail is really sent, and OPENHOUSE_BROKERAGE_ADDRESS is not set', async (t) => {
  const { seenWith } = await withSettings(t, postmark);
  const seen = await seenWith({});
  assertShown('postal-address-missing', seen);
  assert.deepEqual([seen.health.status, seen.doctor.code], ['attention', 3]);
  assertGone('postal-address-missing', await seenWith({ OPENHOUSE_BROKERAGE_ADDRESS: '12 Main St, Boca Raton, FL' }));
});

test('postmark-reports-off and -missing: Postmark cannot report, or has stopped', async (t) => {
  const { world, seenWith } = await withSettings(t, postmark);
  await migrateAll(world.db);
  assertShown('postmark-reports-off', await seenWith({}));
  const withSecret = { POSTMARK_WEBHOOK_SECRET: 's', OPENHOUSE_BROKERAGE_ADDRESS: '12 Main St, Boca Raton, FL' };
  const reported = (ago: string) => sql`
    insert into ops.postmark_report (report_key, received_at) values (${ago}, clock_timestamp() - ${ago}::interval)`;
  await sql`
    insert into ops.outbox (dedupe_key, channel, kind, recipient, message, state, sent_at)
    select number, 'email', 'alert-digest', 'ana@example.com', '{}', 'sent', clock_timestamp() - interval '3 hours'
    from generate_series(1, 5) as number`.execute(world.db);
  await reported('4 hours').execute(world.db);
  await sql`update ops.postmark_report set handled_at = received_at, result = 'recorded'`.execute(world.db);
  const seen = await seenWith(withSecret);
  assertGone('postmark-reports-off', seen);
  assertShown('postmark-reports-missing', seen);
  assert.match(seen.metrics, /^openhouse_postmark_last_report_seconds \d{9}/m);
  await sql`update ops.postmark_report set received_at = clock_timestamp() - interval '1 hour'`.execute(world.db);
  assertGone('postmark-reports-missing', await seenWith(withSecret));
});

test('legacy-type-not-mapped, legacy-other-mapping and legacy-differs: the old CRM and what openhouse owns do not fit', async (t) => {
  const { world, seenWith } = await withSettings(t, { MONGO_URL: 'mongodb://127.0.0.1:1/legacy' });
  await migrateAll(world.db);
  await changeOwnership(world.store, 'listing', 'openhouse', byPerson);
  await run(
    world.db,
    `insert into ops.import_run (kind, source, started_at, finished_at, result, mapping)
     values ('import', 'mongodb://127.0.0.1/legacy', now(), now(), 'succeeded', 'home-grown')`,
    `insert into ops.import_document (collection, legacy_id, content_hash, payload, record_key, import_run_id, readers)
     values ('properties', '1', 'x', '{"fields": {}}', 'l1', 1, 1)`,
  );
  const mapping = join(temporaryFolder(t), 'leads.yaml');
  writeFileSync(mapping, 'name: leads-only\nleads:\n  collections: [people]\n  fields:\n    email: mail\n');
  const others = await seenWith({ OPENHOUSE_MAPPING: mapping });
  for (const name of ['legacy-type-not-mapped', 'legacy-other-mapping']) assertShown(name, others);
  assertGone('legacy-differs', others);

  const compared = (same: number) =>
    run(
      world.db,
      `insert into ops.parity_run (record_type, started_at, finished_at, documents, records, same, differing, only_legacy,
         only_openhouse, buckets)
       values ('listing', now(), now(), 10, 10, ${same}, ${10 - same}, 0, 0, '[]')`,
    );
  await compared(8);
  const differing = await seenWith({});
  for (const name of ['legacy-type-not-mapped', 'legacy-other-mapping']) assertGone(name, differing);
  assertShown('legacy-differs', differing);
  const found = differing.health.problems.find(({ condition }) => condition === 'legacy-differs');
  assert.match(found?.text ?? '', /^2 of 10 listings differed when both sides were last compared/);
  await compared(10);
  assertGone('legacy-differs', await seenWith({}));
});

test('postgres-down: it accepts connections and never answers, and no one waits long', async (t) => {
  const sockets = new Set<{ destroy(): void }>();
  const silent = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const databaseUrl = `postgres://someone@127.0.0.1:${(silent.address() as { port: number }).port}/none`;
  const { db, close } = openDatabase<unknown>(databaseUrl, { applicationName: 'test' });
  const store = emptyStore as World['store'];
  const console = await openConsole({ db: db as World['db'], store, databaseUrl, eventStoreUrl: 'esdb://127.0.0.1:1' });
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    silent.close();
    await console.close();
    await close();
  });
  const started = performance.now();
  const answers = await Promise.all([...Array(20)].map(() => fetch(`${console.url}/health`)));
  assert.ok(performance.now() - started < 6_000, 'all have their answer in a few seconds');
  const health = (await answers[0]!.json()) as Seen['health'];
  assert.deepEqual([answers[0]!.status, health.status, health.problems[0]?.condition], [503, 'down', 'postgres-down']);
  assert.equal((await fetch(`${console.url}/health/live`)).status, 200);
  assert.match(
    await (await fetch(`${console.url}/metrics`)).text(),
    /^openhouse_condition\{condition="postgres-down"\} 1$/m,
  );
  assert.match(await (await fetch(console.url)).text(), /PostgreSQL does not answer/);
});

test('read-models-missing: events were imported, and no read model was built', async (t) => {
  const world = await openWorld();
  await migrateImport(world.db);
  const console = await openConsole(world);
  t.after(async () => {
    await console.close();
    await world.close();
  });
  await sql`insert into ops.import_run (source, started_at, finished_at, result, events)
    values ('/backups/dump', now(), now(), 'succeeded', 42)`.execute(world.db);
  const seen = await lookAround(console, world);
  assertShown('read-models-missing', seen);
  assert.equal(seen.doctor.code, 1);
});

test('connections-run-out: others hold nearly all connections', async (t) => {
  const server = await testPostgres();
  const { db, close } = openDatabase<unknown>(server.url, { applicationName: 'test', max: 2 });
  const store = emptyStore as World['store'];
  const console = await openConsole({
    db: db as World['db'],
    store,
    databaseUrl: server.url,
    eventStoreUrl: 'esdb://127.0.0.1:1',
  });
  const held: pg.Client[] = [];
  t.after(async () => {
    await Promise.all(held.map((client) => client.end()));
    await console.close();
    await close();
    await server.close();
  });
  await (await fetch(`${console.url}/health`)).text(); // the console has its connection
  try {
    for (;;) {
      const client = new pg.Client({ connectionString: server.url });
      client.on('error', () => {});
      await client.connect();
      held.push(client);
    }
  } catch {
    await held.pop()?.end();
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const health = (await (await fetch(`${console.url}/health`)).json()) as Seen['health'];
  assert.ok(
    health.problems.some(({ condition }) => condition === 'connections-run-out'),
    JSON.stringify(health.problems),
  );
});
