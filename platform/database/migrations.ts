import { type Migration, Migrator, sql } from 'kysely';
import { errorMessage, userError } from '../errors.ts';

/** An arbitrary fixed number: the advisory lock that serialises migrations. */
const migrationLock = 0x6f70656e; // "open"

/** A kysely of any tables, as kysely's migrations take it: past versions of a schema have no types. */
type AnyDatabase = Parameters<Migration['up']>[0];

export type Migrations = {
  /** The schema that the migrations build; created if it does not exist. */
  schema: string;
  /** The table that records which ones ran; rooms that share a schema use one each. Default `migrations`. */
  table?: string;
  /** By name; each runs once, in the order of the names (`0001-...`), all in one transaction. */
  migrations: Record<string, Migration>;
};

/**
 * Brings one schema up to date. Safe to call from any number of processes at once: one migrates, the others wait and
 * find it done.
 *
 * @throws UserError when the database was migrated by a newer openhouse
 */
export async function migrate(
  db: AnyDatabase,
  { schema, table = 'migrations', migrations }: Migrations,
): Promise<void> {
  await db.connection().execute(async (connection) => {
    // kysely takes a lock too, but only after creating schema and table, where two processes at once would collide.
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
      // Fails only when the connection is lost, and the lock with it.
      await sql`select pg_advisory_unlock(${migrationLock})`.execute(connection).catch(() => {});
    }
  });
}

/** A migration that says of tables in `ops` what they hold: for people with a database client, and for docs/data-dictionary.md. */
export const tableComments = (comments: Readonly<Record<string, string>>): Migration => ({
  async up(db) {
    for (const [table, comment] of Object.entries(comments)) {
      await sql`comment on table ${sql.table(`ops.${table}`)} is ${sql.lit(comment)}`.execute(db);
    }
  },
});

function explained(error: unknown, schema: string): unknown {
  if (!/corrupted migrations/.test(errorMessage(error))) return error;
  return userError(`the schema "${schema}" was created by another release of openhouse (${errorMessage(error)})`, {
    code: 'database-newer',
    hint: 'Use the newest release that this database was used with.',
    cause: error,
  });
}
