import { sql } from 'kysely';
import { withoutPassword } from '../../platform/config.ts';
import { errorMessage } from '../../platform/errors.ts';
import type { ConsoleDeps } from '../deps.ts';

/** A server that openhouse needs, and whether it answers. */
export type Part = {
  readonly name: string;
  readonly working: boolean;
  /** How long it took to answer, ms. */
  readonly answeredIn: number | null;
  readonly detail: string;
};

const patience = 3_000;

/** Asks PostgreSQL and the event store whether they are there; never throws and never waits long. */
export const checkParts = async (
  deps: ConsoleDeps,
): Promise<{ readonly postgres: Part; readonly eventStore: Part; readonly position: bigint | null }> => {
  const { db, store, config } = deps;
  const [postgres, events] = await Promise.all([
    ask('PostgreSQL', async () => {
      const { rows } = await sql<{ version: string }>`select current_setting('server_version') as version`.execute(db);
      const place = config.databaseUrl === undefined ? 'embedded' : withoutPassword(config.databaseUrl);
      return { detail: `${rows[0]?.version.split(' ')[0]}, ${place}`, value: null };
    }),
    ask('Event store', async () => {
      const position = await store.lastPosition();
      const place = config.eventStoreUrl === undefined ? 'embedded' : withoutPassword(config.eventStoreUrl);
      return { detail: place, value: position?.commit ?? null };
    }),
  ]);
  return { postgres: postgres.part, eventStore: events.part, position: events.value };
};

const ask = async <Value>(
  name: string,
  question: () => Promise<{ detail: string; value: Value }>,
): Promise<{ part: Part; value: Value | null }> => {
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${patience / 1000} s`)), patience);
  });
  try {
    const { detail, value } = await Promise.race([question(), tooLong]);
    return { part: { name, working: true, answeredIn: Math.round(performance.now() - started), detail }, value };
  } catch (error) {
    return { part: { name, working: false, answeredIn: null, detail: errorMessage(error) }, value: null };
  } finally {
    clearTimeout(timer);
  }
};
