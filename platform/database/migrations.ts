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
  if (await isUpToDate(db, schema, table, Object.keys(migrations))) return;
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

/**
 * Without this check, every command would start some 25 ms later per schema: kysely takes that long to find nothing to
 * do.
 */
const isUpToDate = async (
  db: AnyDatabase,
  schema: string,
  table: string,
  names: readonly string[],
): Promise<boolean> => {
  const place = sql.table(`${schema}.${table}`);
  const { rows: found } = await sql<{ there: boolean }>`
    select to_regclass(${`"${schema}"."${table}"`}) is not null as there`.execute(db);
  if (found[0]?.there !== true) return false;
  const { rows } = await sql<{ name: string }>`select name from ${place}`.execute(db);
  const done = new Set(rows.map(({ name }) => name));
  return done.size === names.length && names.every((name) => done.has(name));
};

/** A migration that describes tables in `ops`, for people with a database client and for docs/data-dictionary.md. */
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
