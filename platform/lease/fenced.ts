import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type Kysely,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { onDriver } from '../database/on-driver.ts';
import { type Lease, LeaseLost } from './lease.ts';

/**
 * The same database for the holder of a lease: every transaction on it begins with `holdLease`, and a write outside of a
 * transaction gets one of its own. So nothing is written after the lease is lost, even by code that forgets to check.
 *
 * What holds two leases (an import in a job) works on a database that is fenced twice: a transaction is still one transaction,
 * and begins with both.
 *
 * Plain `select`s pass through. Transactions must be "read committed", to see a lease that has just changed hands.
 */
export const fenced = <Tables>(db: Kysely<Tables>, lease: Lease): Kysely<Tables> =>
  onDriver<Tables>(fencedDriver(db, lease));

type Fenced = DatabaseConnection & {
  begin(): Promise<void>;
  end(how: 'commit' | 'rollback'): Promise<void>;
  giveBack(): void;
};

const fencedDriver = <Tables>(db: Kysely<Tables>, lease: Lease): Driver => ({
  async init() {},
  async destroy() {},
  acquireConnection: () =>
    new Promise((resolve, reject) => {
      db.getExecutor()
        .provideConnection(
          (connection) =>
            new Promise<void>((giveBack) => {
              resolve(fencedConnection(connection, lease, giveBack));
            }),
        )
        .catch(reject);
    }),
  async releaseConnection(connection) {
    (connection as Fenced).giveBack();
  },
  async beginTransaction(connection, { isolationLevel, accessMode }: TransactionSettings) {
    if (isolationLevel !== undefined || accessMode !== undefined)
      throw new Error('a transaction that holds a lease must be "read committed"');
    await (connection as Fenced).begin();
  },
  commitTransaction: (connection) => (connection as Fenced).end('commit'),
  rollbackTransaction: (connection) => (connection as Fenced).end('rollback'),
});

const fencedConnection = (connection: DatabaseConnection, { name, token }: Lease, giveBack: () => void): Fenced => {
  let inTransaction = false;
  // A connection that is fenced itself would take a `begin` for a statement, and commit it.
  const [start, stop] =
    'giveBack' in connection
      ? [(connection as Fenced).begin, (connection as Fenced).end]
      : [() => run('begin'), (how: 'commit' | 'rollback') => run(how)];
  const run = <Row>(text: string, parameters: readonly unknown[] = []): Promise<QueryResult<Row>> =>
    connection.executeQuery<Row>(CompiledQuery.raw(text, [...parameters]));
  const begin = async (): Promise<void> => {
    await start();
    inTransaction = true;
    try {
      const { rows } = await run<{ held: boolean }>('select ops.hold_lease($1, $2) as held', [name, token]);
      if (rows[0]?.held !== true) throw new LeaseLost(name);
    } catch (error) {
      await end('rollback').catch(() => {}); // the connection is gone
      throw error;
    }
  };
  const end = async (how: 'commit' | 'rollback'): Promise<void> => {
    if (!inTransaction) return;
    inTransaction = false;
    await stop(how);
  };
  return {
    begin,
    end,
    giveBack,
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      if (inTransaction || /^\s*select\b/i.test(query.sql)) return await connection.executeQuery<Row>(query);
      await begin();
      try {
        const result = await connection.executeQuery<Row>(query);
        await end('commit');
        return result;
      } catch (error) {
        await end('rollback').catch(() => {});
        throw error;
      }
    },
    streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
  };
};
