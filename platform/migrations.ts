import { type Migration, Migrator, sql } from 'kysely';
import { errorMessage, userError } from './errors.ts';

/** Any fixed number: who migrates holds the advisory lock of this name, and everybody else waits. */
const migrationLock = 0x6f70656e; // "open"

/** A kysely of any tables, as kysely's migrations take it: a schema of another time is nobody's type. */
type AnyDatabase = Parameters<Migration['up']>[0];

export type Migrations = {
  /** The schema that the migrations build; made if it is not there. */
  schema: string;
  /** Where it is remembered which ones ran; rooms that share a schema each take a table of their own. Default `migrations`. */
  table?: string;
  /** By name; they run in the order of their names (`0001-...`), each once, all in one transaction. */
  migrations: Record<string, Migration>;
};

/**
 * Brings one schema up to date. Safe to call from any number of processes at once: one does it, the others wait and
 * find it done.
 *
 * @throws UserError when the database was migrated by a newer openhouse
 */
export async function migrate(
  db: AnyDatabase,
  { schema, table = 'migrations', migrations }: Migrations,
): Promise<void> {
  await db.connection().execute(async (connection) => {
    // kysely takes a lock too, but only after it has created schema and table, which two at once would trip over.
    await sql`select pg_advisory_lock(${migrationLock})`.execute(connection);
    try {
      const migrator = new Migrator({
        db: connection,
        provider: { getMigrations: async () => migrations },
        migrationTableSchema: schema,
        migrationTableName: table,
        migrationLockTableName: `${table}_lock`,
      });
      const { error } = await migrator.migrateToLatest();
      if (error !== undefined) throw explained(error, schema);
    } finally {
      // Fails only when the connection is gone, and the lock with it.
      await sql`select pg_advisory_unlock(${migrationLock})`.execute(connection).catch(() => {});
    }
  });
}

function explained(error: unknown, schema: string): unknown {
  if (!/corrupted migrations/.test(errorMessage(error))) return error;
  return userError(`the schema "${schema}" was made by another release of openhouse (${errorMessage(error)})`, {
    code: 'database-newer',
    hint: 'Use the newest release that has worked with this database.',
    cause: error,
  });
}
