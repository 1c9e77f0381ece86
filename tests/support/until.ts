import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `condition` returns something, and returns that.
 *
 * @throws after `patience` ms (default 120,000, because a busy machine is no fault), naming what it waited for
 */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  patience = 120_000,
): Promise<T> {
  const started = Date.now();
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (Date.now() - started > patience) throw new Error(`timed out after ${patience} ms waiting for: ${what}`);
    await sleep(25);
  }
}
