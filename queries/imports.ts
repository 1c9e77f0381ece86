import { type QueryExecutorProvider, sql } from 'kysely';
import { legacyCollections } from '../importers/source.ts';
import { ifThere } from './if-there.ts';

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
export const readImports = async (db: QueryExecutorProvider, limit: number): Promise<readonly ImportRun[]> => {
  const { rows } = await ifThere(
    sql<{
      import_run_id: string;
      source: string;
      started_at: Date;
      finished_at: Date | null;
      result: string;
      events: string;
      counts: Record<string, Record<string, number>>;
      problems: unknown[];
    }>`
      select import_run_id, source, started_at, finished_at, result, events, counts, problems
      from ops.import_run order by import_run_id desc limit ${limit}`.execute(db),
    { rows: [] },
  );
  return rows.map((row) => ({
    importRunId: row.import_run_id,
    source: row.source,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    result: row.result,
    events: Number(row.events),
    collections: Object.entries(row.counts ?? {})
      .filter(([, counts]) => typeof counts === 'object' && counts !== null)
      .map(([name, counts]) => ({ name, counts }))
      .sort((one, other) => placeOf(one.name) - placeOf(other.name)),
    problems: row.problems ?? [],
  }));
};

/** In the order in which they are imported, which jsonb does not keep; what is not known comes last. */
const placeOf = (collection: string): number => {
  const place = (legacyCollections as readonly string[]).indexOf(collection);
  return place === -1 ? legacyCollections.length : place;
};
