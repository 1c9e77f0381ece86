import { CompiledQuery, type Migration } from 'kysely';

/** A kysely without typed tables: a build's tables are only known at run time. */
export type Database = Parameters<Migration['up']>[0];

/** Runs one statement that was composed elsewhere; the caller asserts the type of the rows. */
export const query = async <Result = unknown>(
  db: Database,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Result[]> => (await db.executeQuery<Result>(CompiledQuery.raw(sql, [...parameters]))).rows;

/** Like `query`, but returns how many rows were changed. */
export const execute = async (db: Database, sql: string, parameters: readonly unknown[] = []): Promise<number> =>
  Number((await db.executeQuery(CompiledQuery.raw(sql, [...parameters]))).numAffectedRows ?? 0n);
