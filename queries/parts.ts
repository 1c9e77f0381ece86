import { sql } from 'kysely';
import { errorMessage } from '../platform/errors.ts';
import { shownUrl } from '../platform/logging/shown-url.ts';
import type { QueryDeps } from './deps.ts';

/** A server that openhouse needs, and whether it answers. */
export type Part = {
  readonly name: string;
  readonly working: boolean;
  /** How long it took to answer, ms. */
  readonly answeredIn: number | null;
  readonly detail: string;
  /** Since when this process has not been able to reach it, as far as that is known; `null` while it works. */
  readonly awaySince: Date | null;
};

const patienceMs = 3_000;

/** Checks whether PostgreSQL and the event store answer; never throws and never waits long. */
export const checkParts = async (deps: QueryDeps): Promise<{ readonly postgres: Part; readonly eventStore: Part }> => {
  const { db, store, config } = deps;
  const [postgres, eventStore] = await Promise.all([
    ask('PostgreSQL', async () => {
      const { rows } = await sql<{ version: string }>`select current_setting('server_version') as version`.execute(db);
      const place = config.databaseUrl === undefined ? 'embedded' : shownUrl(config.databaseUrl);
      return `${rows[0]?.version.split(' ')[0]}, ${place}`;
    }),
    ask(
      'Event store',
      async () => {
        await store.withPatience({ ms: 0 }).lastPosition();
        return config.eventStoreUrl === undefined ? 'embedded' : shownUrl(config.eventStoreUrl);
      },
      store.connection.awaySince,
    ),
  ]);
  return { postgres, eventStore };
};

const ask = async (
  name: string,
  question: () => Promise<string>,
  awaySince: () => number | null = () => null,
): Promise<Part> => {
  const started = performance.now();
  try {
    const detail = await inTime(question());
    const answeredIn = Math.round(performance.now() - started);
    return { name, working: true, answeredIn, detail, awaySince: null };
  } catch (error) {
    const since = awaySince();
    return {
      name,
      working: false,
      answeredIn: null,
      detail: errorMessage(error),
      awaySince: since === null ? null : new Date(since),
    };
  }
};

/** The result, or an error if it takes too long for someone who is waiting for a page. */
export const inTime = async <Result>(work: Promise<Result>, withinMs = patienceMs): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${withinMs / 1000} s`)), withinMs);
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
};
