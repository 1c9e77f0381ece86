import type { Kysely } from 'kysely';
import { legacyCollections } from '../importers/source.ts';
import { typed } from './tables/database.ts';
import { ifThere } from './tables/if-there.ts';

/** What an import did with the documents of each collection. */
export type ImportRun = {
  readonly importRunId: string;
  readonly source: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly result: string;
  readonly events: number;
  readonly collections: readonly { readonly name: string; readonly counts: Readonly<Record<string, number>> }[];
  readonly problems: readonly unknown[];
};

/** The sums that every collection has; `read` is all the others together. */
export const importColumns = ['read', 'applied', 'unchanged', 'merged', 'quarantined', 'skipped'] as const;

/** The newest imports. */
export const readImports = async (db: Kysely<unknown>, limit: number): Promise<readonly ImportRun[]> => {
  const rows = await ifThere(
    typed(db)
      .selectFrom('ops.importRun')
      .select(['importRunId', 'source', 'startedAt', 'finishedAt', 'result', 'events', 'counts', 'problems'])
      .orderBy('importRunId', 'desc')
      .limit(limit)
      .execute(),
    [],
  );
  return rows.map(({ counts, problems, events, ...run }) => ({
    ...run,
    events: Number(events),
    collections: Object.entries((counts ?? {}) as Record<string, Record<string, number>>)
      .filter(([, counts]) => typeof counts === 'object' && counts !== null)
      .map(([name, counts]) => ({ name, counts }))
      .sort((one, other) => placeOf(one.name) - placeOf(other.name)),
    problems: (problems ?? []) as unknown[],
  }));
};

/** The folders (or databases) that were ever imported from. */
export const importSources = async (db: Kysely<unknown>): Promise<readonly string[]> => {
  const rows = await typed(db).selectFrom('ops.importRun').select('source').distinct().execute();
  return rows.map(({ source }) => source);
};

/** In the order in which they are imported, which jsonb does not keep; what is not known comes last. */
const placeOf = (collection: string): number => {
  const place = (legacyCollections as readonly string[]).indexOf(collection);
  return place === -1 ? legacyCollections.length : place;
};
