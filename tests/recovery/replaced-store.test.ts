import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { type Kysely, sql } from 'kysely';
import { migrateDelivery } from '../../delivery/migrations.ts';
import { openTransports } from '../../delivery/sending/transports.ts';
import { connectEventStore, type EventStore } from '../../eventstore/event-store.ts';
import { findUnexplained } from '../../eventstore/positions/explained.ts';
import { importDump } from '../../importers/dump/import-dump.ts';
import { openDatabase } from '../../platform/database/database.ts';
import { createLogger } from '../../platform/logging/log.ts';
import { listBuilds } from '../../projections/engine/builds/builds.ts';
import { asOf, catchUp, projectionStatus, rebuild, runProjections } from '../../projections/index.ts';
import { alerts } from '../../schedulers/alerts/job.ts';
import { deliverOutbox } from '../../schedulers/delivering/deliver-outbox.ts';
import { leadOffers } from '../../schedulers/lead-offers/job.ts';
import { migrateSchedulers } from '../../schedulers/migrations.ts';
import { runJob } from '../../schedulers/running/job-run.ts';
import { append } from '../eventstore/outages/support.ts';
import { contact, property, search, user } from '../importers/support/documents.ts';
import { type Documents, writeDump } from '../importers/support/dump.ts';
import { type EventStoreDouble, openEventStoreDouble } from '../support/event-store/event-store-double.ts';
import { testEventStore } from '../support/event-store/test-event-store.ts';
import type { TestEventStore } from '../support/event-store/types.ts';
import { fixedClock } from '../support/fixed-clock.ts';
import { testDatabase } from '../support/postgres/test-postgres.ts';
import { until } from '../support/until.ts';

/** A brokerage in which everything that keeps a position has one, and a different event store in place of its own. */
const agent = user({ email: 'agent@example.com', slackId: 'U024BE7LH', areas: ['Boca Raton'] });
const ana = contact({ email: 'ana@example.com', assignedTo: agent._id });
const newLead = contact({ email: 'new@example.com', areas: ['Boca Raton'], name: 'Nora New' });
const home = property();
const documents: Documents = {
  users: [agent],
  contacts: [ana],
  savedsearches: [search(ana._id, { frequency: 'instant' })],
  properties: [home],
};
const more: Documents = {
  ...documents,
  contacts: [ana, newLead],
  properties: [{ ...home, price: 440_000, updatedAt: new Date('2025-03-01T00:00:00Z') }, property({ price: 480_000 })],
};

const clock = fixedClock('2026-06-01T12:00:00.000Z');
const log = createLogger({ level: 'silent' });
const closing: (() => Promise<void>)[] = [];
let db: Kysely<unknown>;
let server: TestEventStore;
let double: EventStoreDouble;

const depsOn = (store: EventStore) => ({
  db,
  store,
  clock,
  log,
  baseUrl: 'https://crm.example.com',
  timeZone: 'UTC',
  offerMinutes: 30,
});
type Deps = ReturnType<typeof depsOn>;

const folders: (() => void | Promise<void>)[] = [];
const importInto = (deps: Deps, dump: Documents) =>
  importDump(deps, writeDump({ after: (work) => folders.push(work) }, dump));

const openStore = (url: string): EventStore => {
  const store = connectEventStore(url, { ms: 5_000 });
  closing.push(() => store.close());
  return store;
};

const openServer = async (): Promise<TestEventStore> => {
  const database = await testDatabase();
  const opened = await testEventStore(database.url, { insecure: true });
  closing.push(async () => {
    await opened.close();
    await database.drop();
  });
  return opened;
};

before(async () => {
  const database = await testDatabase();
  closing.push(() => database.drop());
  const opened = openDatabase<unknown>(database.url, { applicationName: 'test' });
  closing.push(() => opened.close());
  db = opened.db;
  server = await openServer();
  double = await openEventStoreDouble(server.port, 1);
  closing.push(() => double.close());
  await migrateDelivery(db);
  await migrateSchedulers(db);

  const deps = depsOn(openStore(server.url));
  for (const dump of [documents, more]) {
    await importInto(deps, dump);
    await catchUp(deps);
    await runJob(alerts, deps);
    clock.advance(16 * 60_000);
  }
  await runJob(leadOffers, deps);
  // An interrupted rebuild, which is resumed.
  await rebuild(deps, ['agents']);
  await sql`update ops.projection_build set state = 'building' where state = 'ready'`.execute(db);
});
after(async () => {
  for (const close of closing.reverse()) await close();
  for (const remove of folders) await remove();
});

/** The answer of each keeper of a position when it is to continue; `null`: it continued. */
const keepers: Readonly<Record<string, (deps: Deps) => Promise<readonly (string | null)[]>>> = {
  'an import, by its ledger': async (deps) => [await messageOf(importInto(deps, more))],
  'catching up read models': async (deps) => (await catchUp(deps)).projections.map(({ error }) => error),
  'the process that feeds the read models': async (deps) => {
    await sql`update ops.projection_build set error = null`.execute(db);
    const stop = new AbortController();
    const running = runProjections(deps, { signal: stop.signal });
    const errors = async () => (await listBuilds(db, ['live'])).map(({ error }) => error);
    await until('all report it', async () => (await errors()).every((error) => error !== null)).catch(() => {});
    stop.abort();
    await running;
    return await errors();
  },
  'an interrupted rebuild': async (deps) => [await messageOf(rebuild(deps, ['agents']))],
  'a read model as of a moment': async (deps) => [
    await messageOf(asOf(deps, 'listings', { moment: { at: new Date() }, into: 'audit_replaced' })),
  ],
  'the alerts, by their cursor': async (deps) => [await messageOf(nextRun(alerts, deps))],
  'the lead offers': async (deps) => [await messageOf(nextRun(leadOffers, deps))],
  'the outbox': async (deps) => {
    const transports = await openTransports(db, { postmark: undefined, slack: undefined });
    try {
      await sql`update ops.outbox set next_attempt_at = clock_timestamp()`.execute(db);
      const { stopped } = await deliverOutbox({ ...deps, transports });
      const reasons = Object.values(stopped);
      return reasons.length === 0 ? [null] : reasons;
    } finally {
      await transports.close();
    }
  },
  'the search for events of an unknown run': async ({ store }) => [await messageOf(findUnexplained(db, store))],
};

const nextRun = async (job: typeof alerts | typeof leadOffers, deps: Deps): Promise<void> => {
  clock.advance(16 * 60_000);
  const { ran } = await runJob(job as typeof alerts, deps);
  if (!ran) throw new Error('the job did not run');
};

const messageOf = (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

/** A digest of every table, without the records of processes and runs. */
const rows = async (): Promise<Record<string, string>> => {
  const { rows: tables } = await sql<{ schema: string; name: string }>`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema', 'eventstore')
      and table_name not in ('job_run', 'lease', 'process') order by 1, 2`.execute(db);
  const found: Record<string, string> = {};
  for (const { schema, name } of tables) {
    const { rows } = await sql<{ all: string | null }>`
      select md5(string_agg(line, e'\n' order by line)) as all from
        (select (to_jsonb(t) - array['error', 'error_at', 'sampled_at', 'sampled_events', 'events_per_second',
          'next_attempt_at', 'last_error'])::text as line
         from ${sql.table(`${schema}.${name}`)} t) lines`.execute(db);
    found[`${schema}.${name}`] = rows[0]!.all ?? '';
  }
  return found;
};

const replaced =
  /^(could not check whether it may still be sent: )?the event store was truncated or replaced: (it ends at position (\d+|none), but .+ goes up to \d+|the event at position \d+ is not the one recorded for .+)$/;

const foreign = [
  { version: '23.10', code: status.UNKNOWN, details: 'Unexpected ReadAllResult: Error' },
  { version: '23.10', code: status.UNKNOWN, details: 'Exception was thrown by handler.' },
  { version: '24.10', code: status.INVALID_ARGUMENT, details: 'InvalidPosition' },
];

const stores: Readonly<Record<string, () => Promise<EventStore>>> = {
  'a shorter store': async () => openStore((await openServer()).url),
  'a longer store': async () => {
    const other = openStore((await openServer()).url);
    for (let n = 0; n < 5; n++) await append(other, `agent-other${n}`, 0, 100);
    return other;
  },
  ...Object.fromEntries(
    foreign.map(({ version, code, details }) => [
      `a store that does not know the position (${version}: "${details}")`,
      async () => {
        double.readError = { code, details, times: Number.POSITIVE_INFINITY };
        return openStore(double.url);
      },
    ]),
  ),
};

for (const [which, open] of Object.entries(stores)) {
  test(`${which} in its place: everything that keeps a position reports it, and no row changes`, async (t) => {
    const store = await open();
    const wanted = await rows();
    for (const [keeper, goOn] of Object.entries(keepers)) {
      await t.test(keeper, async () => {
        const messages = await goOn(depsOn(store));
        assert.ok(messages.length > 0);
        for (const message of messages) assert.match(message ?? 'it continued', replaced);
        assert.deepEqual(await rows(), wanted);
      });
    }
  });
}

test('a read model whose position the store does not know says so in the list', async () => {
  await sql`update ops.projection_build set error = null`.execute(db);
  double.readError = { ...foreign[0]!, times: Number.POSITIVE_INFINITY };
  const store = openStore(double.url);
  const live = (await projectionStatus({ db, store })).filter(({ state }) => state === 'live');
  assert.ok(live.length > 0);
  for (const { error, lagEvents } of live) {
    assert.match(error ?? '', replaced);
    assert.equal(lagEvents, null);
  }
});

test('a database of an older release, which knows the position of the last check alone, is upgraded by the next run', async () => {
  await sql`
    alter table ops.event_store_origin drop column explained_event_id, drop column explained_event_position`.execute(
    db,
  );
  await sql`delete from ops.event_store_migrations where name = '0003-explained-event'`.execute(db);
  await nextRun(leadOffers, depsOn(openStore(server.url)));
});

test('with its own store again, everything continues', async () => {
  const deps = depsOn(openStore(server.url));
  for (const [keeper, goOn] of Object.entries(keepers)) {
    if (keeper.startsWith('the process')) continue; // waits for an error
    for (const message of await goOn(deps)) assert.equal(message, null, `${keeper}: ${message}`);
  }
});
