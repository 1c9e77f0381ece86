import pg from 'pg';

/**
 * Locks a table in its own session, as soon as it gets the lock.
 * @param mode `share`: others can still read it
 */
export const holdLock = async (
  url: string,
  table: string,
  mode: 'access exclusive' | 'share' = 'access exclusive',
): Promise<{ release(): Promise<void> }> => {
  const client = new pg.Client({ connectionString: url, application_name: 'psql' });
  await client.connect();
  await client.query('begin');
  await client.query(`lock table ${table} in ${mode} mode`);
  return {
    async release() {
      await client.query('rollback');
      await client.end();
    },
  };
};
