import { sql } from 'kysely';
import pg from 'pg';
import { migrateDelivery } from '../../delivery/migrations.ts';
import { openTransports } from '../../delivery/sending/transports.ts';
import { importDump } from '../../importers/dump/import-dump.ts';
import { type OpenDatabase, openDatabase } from '../../platform/database/database.ts';
import { createLogger } from '../../platform/logging/log.ts';
import { catchUp } from '../../projections/index.ts';
import { alerts } from '../../schedulers/alerts/job.ts';
import { deliverOutbox } from '../../schedulers/delivering/deliver-outbox.ts';
import { leadOffers } from '../../schedulers/lead-offers/job.ts';
import { migrateSchedulers } from '../../schedulers/migrations.ts';
import { runJob } from '../../schedulers/running/job-run.ts';
import { type Documents, writeDump } from '../importers/support/dump.ts';
import { backUpEventStore } from '../support/event-store/back-up-event-store.ts';
import { openStores } from '../support/event-store/stores.ts';
import { fixedClock } from '../support/fixed-clock.ts';
import { testDatabase } from '../support/postgres/test-postgres.ts';

type Context = { after(work: () => Promise<void> | void): void };

/**
 * A brokerage whose event store and database are in different places, so that each can be restored or lost separately.
 */
export const openBrokerage = async (t: Context) => {
  const stores = await openStores();
  t.after(() => stores.close());
  const clock = fixedClock('2026-06-01T12:00:00.000Z');
  const databases: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const drop of databases) await drop();
  });
  let own!: { url: string; open: OpenDatabase<unknown> };
  const use = async (url: string, drop: () => Promise<void>) => {
    const open = openDatabase<unknown>(url, { applicationName: 'test' });
    own = { url, open };
    databases.push(async () => {
      await open.close().catch(() => {});
      await drop();
    });
    await migrateDelivery(open.db);
    await migrateSchedulers(open.db);
  };
  const freshDatabase = async () => {
    const { url, drop } = await testDatabase();
    await use(url, drop);
  };
  await freshDatabase();

  const log = createLogger({ level: 'silent' });
  const deps = () => ({
    db: own.open.db,
    store: stores.store,
    clock,
    log,
    baseUrl: 'https://crm.example.com',
    timeZone: 'UTC',
  });
  const ran = <Result>(outcome: { ran: true; result: Result } | { ran: false }): Result => {
    if (!outcome.ran) throw new Error('the job did not run');
    return outcome.result;
  };

  const importDocuments = (documents: Documents) =>
    importDump(deps(), writeDump({ after: (work) => t.after(work) }, documents));
  const runAlerts = async () => {
    await catchUp(deps());
    clock.advance(15 * 60_000);
    return ran(await runJob(alerts, deps()));
  };

  return {
    deps,
    clock,
    store: stores.store,
    import: importDocuments,
    catchUp: () => catchUp(deps()),
    alerts: runAlerts,
    /** Imports the documents, and queues the e-mails about what is new. */
    tellNewsOf: async (documents: Documents): Promise<void> => {
      await importDocuments(documents);
      await runAlerts();
    },
    leads: async () => {
      await catchUp(deps());
      clock.advance(1_000);
      return ran(await runJob(leadOffers, deps()));
    },
    /** Sends what is due, to the preview. */
    send: async () => {
      const { db } = deps();
      const transports = await openTransports(db, { postmark: undefined, slack: undefined });
      try {
        return await deliverOutbox({ ...deps(), transports });
      } finally {
        await transports.close();
      }
    },
    /** The messages that were queued and go out: `ana@example.com: Price Change 440000`, `U1: lead-offer`. */
    outbox: async (): Promise<string[]> => {
      const { rows } = await sql<{
        recipient: string;
        kind: string;
        homes: { changeType: string; listPrice: number }[] | null;
      }>`
        select recipient, kind, context -> 'homes' as homes from ops.outbox order by created_at, outbox_id`.execute(
        own.open.db,
      );
      return rows.flatMap(({ recipient, kind, homes }) =>
        homes === null
          ? [`${recipient}: ${kind}`]
          : homes.map(({ changeType, listPrice }) => `${recipient}: ${changeType} ${listPrice}`),
      );
    },
    /** The state of each message, in the order in which they were queued. */
    states: async (): Promise<string[]> => {
      const { rows } = await sql<{
        state: string;
      }>`select state from ops.outbox order by created_at, outbox_id`.execute(own.open.db);
      return rows.map(({ state }) => state);
    },
    freshDatabase,
    /** A backup of PostgreSQL. @returns restores it, in place of the database as it is then */
    backupDatabase: async () => {
      const { url, drop } = await testDatabase();
      const name = new URL(url).pathname.slice(1);
      const from = new URL(own.url).pathname.slice(1);
      await drop();
      await own.open.close();
      await statement(url, `create database ${name} template ${from}`);
      own = { ...own, open: openDatabase<unknown>(own.url, { applicationName: 'test' }) };
      const current = own.open;
      databases.push(() => current.close().catch(() => {}));
      return async () => await use(url, drop);
    },
    /** A backup of the event store. @returns restores it */
    backupEventStore: () => backUpEventStore(stores),
  };
};

/** On the server's default database, because the one being copied must have no connections. */
const statement = async (url: string, text: string) => {
  const server = new URL(url);
  server.pathname = '/postgres';
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
};
