import type { Kysely } from 'kysely';
import { openDatabase } from '../../../platform/database/database.ts';
import { testDatabase } from './test-postgres.ts';

type After = { after(work: () => Promise<void>): void };

/** A connection to an empty database; closed, and the database dropped, when the test ends. */
export const emptyDatabase = async (t: After): Promise<{ readonly db: Kysely<unknown>; readonly url: string }> => {
  const { url, drop } = await testDatabase();
  const { db, close } = openDatabase<unknown>(url, { applicationName: 'test' });
  t.after(async () => {
    await close();
    await drop();
  });
  return { db, url };
};
