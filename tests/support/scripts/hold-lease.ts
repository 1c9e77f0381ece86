/**
 * Holds the lease `x` and keeps writing rows with its token to `public.written`, in slow transactions. Arguments: the
 * database's URL, and how long the lease lasts, in ms. Prints `held <token>`, then `lost` or whatever else ended it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { openDatabase } from '../../../platform/database/database.ts';
import { withLease } from '../../../platform/lease/with-lease.ts';

const [url, lastsMs] = process.argv.slice(2);
const { db, close } = openDatabase<unknown>(url!, { applicationName: 'holder' });
await withLease(db, 'x', { holder: 'a process', lastsMs: Number(lastsMs) }, async ({ lease, db }) => {
  console.log(`held ${lease.token}`);
  lease.lost.addEventListener('abort', () => console.log('lost'));
  while (!lease.lost.aborted) {
    await db
      .transaction()
      .execute(async (trx) => {
        await sql`insert into written values (${lease.token})`.execute(trx);
        await sleep(100);
      })
      .catch((error: Error) => console.log(`refused: ${error.message}`));
  }
});
console.log('ended');
await close();
