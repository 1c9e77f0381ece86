import type { Kysely, Transaction } from 'kysely';

/** Runs `work` in a transaction: the one that `db` is, or one of its own. */
export const inTransaction = async <Tables, Result>(
  db: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<Result>,
): Promise<Result> => (db.isTransaction ? await work(db as Transaction<Tables>) : await db.transaction().execute(work));
