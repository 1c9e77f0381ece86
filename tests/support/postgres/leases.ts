import { type Kysely, sql } from 'kysely';
import { openLeases } from '../../../platform/lease/session.ts';
import { until } from '../until.ts';

/** Ends the connection that holds a lease, as an administrator or a failover would. */
export const endConnectionOf = async (db: Kysely<unknown>, lease: string): Promise<void> => {
  await until(`someone to hold ${lease}`, async () => {
    const { rows } = await sql`
      select pg_terminate_backend(l.pid) from pg_locks l join ops.lease on lease.session::bigint = l.objid::bigint
      where l.locktype = 'advisory' and l.classid = ${sql.lit(0x6c656173)} and l.granted and lease.name = ${lease}
        and l.database = (select oid from pg_database where datname = current_database())`.execute(db);
    return rows.length === 1;
  });
};

/** Takes a lease from its holder and releases it. @returns when the holder can commit nothing more */
export const takeFromHolder = async (db: Kysely<unknown>, lease: string): Promise<void> => {
  const session = await openLeases(db, { holder: 'another process', lastsMs: 60_000 });
  await session.take(lease, { force: true });
  await session.close();
};

/** Waits until a process that takes a lease waits for a transaction of its holder. */
export const takerWaits = async (db: Kysely<unknown>): Promise<void> => {
  await until('someone to wait for a transaction of the holder', async () => {
    const { rows } = await sql`
      select from pg_locks where locktype = 'advisory' and classid = ${sql.lit(0x66656e63)}
        and mode = 'ExclusiveLock' and not granted
        and database = (select oid from pg_database where datname = current_database())`.execute(db);
    return rows.length > 0;
  });
};
