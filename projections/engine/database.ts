import { CompiledQuery, type Migration } from 'kysely';

/** A kysely of any tables: which ones a build has is known only when it is read. */
export type Database = Parameters<Migration['up']>[0];

/** Runs one statement that was put together elsewhere; the rows are what the caller says they are. */
export const query = async <Result = unknown>(
  db: Database,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Result[]> => (await db.executeQuery<Result>(CompiledQuery.raw(sql, [...parameters]))).rows;

/** Like `query`, and tells how many rows were changed. */
export const execute = async (db: Database, sql: string, parameters: readonly unknown[] = []): Promise<number> =>
  Number((await db.executeQuery(CompiledQuery.raw(sql, [...parameters]))).numAffectedRows ?? 0n);
