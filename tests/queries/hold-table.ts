import pg from 'pg';

/** Locks a table exclusively in its own session, as soon as it gets the lock. */
export const holdLock = async (url: string, table: string): Promise<{ release(): Promise<void> }> => {
  const client = new pg.Client({ connectionString: url, application_name: 'psql' });
  await client.connect();
  await client.query('begin');
  await client.query(`lock table ${table} in access exclusive mode`);
  return {
    async release() {
      await client.query('rollback');
      await client.end();
    },
  };
};
