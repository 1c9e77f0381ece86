import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/**
 * Calls `wake` whenever someone notifies one of the channels (PostgreSQL's NOTIFY), until the signal. It also calls it
 * once it listens again after the connection was lost, because notifications may have been missed meanwhile. A
 * notification is only a hint to look now: callers must also look from time to time.
 *
 * @param wake is given the channel and the payload; empty after a connection was lost
 */
export const listen = async (
  pool: pg.Pool,
  channels: readonly string[],
  wake: (channel: string, payload: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    let client: pg.PoolClient | undefined;
    try {
      client = await pool.connect();
      const listening = client;
      listening.on('error', () => {}); // ends the wait below, or the query that is running
      listening.on('notification', ({ channel, payload = '' }) => wake(channel, payload));
      for (const channel of channels) await listening.query(`listen ${channel}`);
      for (const channel of channels) wake(channel, '');
      // Leaves nothing on the signal, which outlives many connections.
      await once(listening, 'end', { signal });
    } catch {
      // The signal, or PostgreSQL is unavailable: try again until it is back.
    } finally {
      // Not back into the pool, where it would keep listening.
      client?.release(true);
    }
    await sleep(1_000, undefined, { signal }).catch(() => {});
  }
};
