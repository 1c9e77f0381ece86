import type { Kysely } from 'kysely';
import type pg from 'pg';
import type { EventStore } from '../eventstore/event-store.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import type { Config } from '../platform/config/config.ts';
import type { Logger } from '../platform/logging/log.ts';
import type { ErrorReporter } from '../platform/logging/sentry.ts';
import type { Context } from './context.ts';

/** What a command works with: connections to the servers, and everything that the rooms need. */
export type Workspace = {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly eventStoreUrl: string;
  readonly db: Kysely<unknown>;
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly errors: ErrorReporter;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
};

/**
 * Runs `work` with the servers started, connections open, and all tables of `ops` up to date. Always closes everything afterwards.
 *
 * @example await withWorkspace(context, ({ db, store }) => catchUp({ db, store, log }))
 */
export async function withWorkspace<T>(
  context: Context,
  work: (workspace: Workspace) => Promise<T>,
  options: { config?: Config } = {},
): Promise<T> {
  const [{ openDatabase }, { connectEventStore }, { createLogger }, { openErrorReporter }] = await Promise.all([
    import('../platform/database/database.ts'),
    import('../eventstore/event-store.ts'),
    import('../platform/logging/log.ts'),
    import('../platform/logging/sentry.ts'),
  ]);
  const { commandPatience } = await import('../eventstore/report-waiting.ts');
  return await context.withServers(
    async ({ databaseUrl, eventStoreUrl }, config) => {
      const log = createLogger({ level: config.logLevel });
      const errors = await openErrorReporter(config);
      const { db, pool, close } = openDatabase<unknown>(databaseUrl, {
        // Each lease (jobs, feeding, builds, an import) and each LISTEN reserves one; the rest is for the work itself.
        max: 20,
        applicationName: 'openhouse',
        onConnectionLost: (error) => log.warn({ err: error }, 'a connection to PostgreSQL was lost'),
      });
      const store = connectEventStore(eventStoreUrl, commandPatience(context));
      try {
        await createTables(db);
        return await work({
          config,
          databaseUrl,
          eventStoreUrl,
          db,
          pool,
          store,
          clock: systemClock,
          log,
          errors,
          signal: context.signal,
        });
      } finally {
        await store.close().catch(() => {});
        await close().catch(() => {});
        await errors.flush();
      }
    },
    options.config === undefined ? {} : { config: options.config },
  );
}

/** Brings every table of `ops` up to date that a command may ask for, so that none has to do so itself. */
const createTables = async (db: Kysely<unknown>): Promise<void> => {
  const { migrateAccess } = await import('../console/access/migrations.ts');
  const { migrateDelivery } = await import('../delivery/migrations.ts');
  const { migrateImport } = await import('../importers/migrations.ts');
  const { migrateProcesses } = await import('../platform/processes/migrations.ts');
  const { migrateSchedulers } = await import('../schedulers/migrations.ts');
  await migrateAccess(db);
  await migrateDelivery(db);
  await migrateImport(db);
  await migrateSchedulers(db);
  await migrateProcesses(db);
};

/** Runs `work` with PostgreSQL alone, which is enough to see what jobs and imports have recorded there. */
export async function withDatabase<T>(context: Context, work: (db: Kysely<unknown>) => Promise<T>): Promise<T> {
  const { openDatabase } = await import('../platform/database/database.ts');
  return await context.withServers(
    async ({ databaseUrl }) => {
      const { db, close } = openDatabase<unknown>(databaseUrl, { applicationName: 'openhouse' });
      try {
        await createTables(db);
        return await work(db);
      } finally {
        await close().catch(() => {});
      }
    },
    { needs: { eventStore: false } },
  );
}
