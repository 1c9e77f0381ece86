import { CompiledQuery, type DatabaseConnection, type Kysely, type QueryResult } from 'kysely';
import { errorCode } from '../errors.ts';
import { onDriver } from './on-driver.ts';

/** PostgreSQL's code for every statement after the one that failed. */
const inFailedTransaction = '25P02';

/**
 * Runs `work` in one transaction that is always rolled back, to see what it would do. Transactions that `work` begins are
 * part of it. Statements run one after another, on one connection.
 */
export const rehearse = async <Tables, Result>(
  db: Kysely<Tables>,
  work: (db: Kysely<Tables>) => Promise<Result>,
): Promise<Result> =>
  await db.getExecutor().provideConnection(async (connection) => {
    let cause: unknown;
    let last: Promise<unknown> = Promise.resolve();
    const run = async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
      const before = last;
      const result = (async () => {
        await before;
        return await connection.executeQuery<Row>(query);
      })();
      last = result.catch((error: unknown) => {
        cause ??= error;
      });
      return await result;
    };
    await run(CompiledQuery.raw('begin'));
    try {
      return await work(rehearsing<Tables>({ executeQuery: run, streamQuery: connection.streamQuery }));
    } catch (error) {
      throw errorCode(error) === inFailedTransaction ? cause : error;
    } finally {
      await run(CompiledQuery.raw('rollback'));
    }
  });

const rehearsing = <Tables>(connection: DatabaseConnection): Kysely<Tables> => {
  const nothing = async () => {};
  return onDriver<Tables>({
    init: nothing,
    destroy: nothing,
    acquireConnection: async () => connection,
    releaseConnection: nothing,
    beginTransaction: nothing,
    commitTransaction: nothing,
    rollbackTransaction: nothing,
  });
};
