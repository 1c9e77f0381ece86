import { type Kysely, type RawBuilder, sql } from 'kysely';
import { legacyCollections } from '../../importers/source.ts';
import { typed } from '../../tables/database.ts';
import { ifThere } from '../if-there.ts';

/** The result of an import, or of another run that reads documents, for those of each collection. */
export type ImportRun = {
  readonly importRunId: string;
  readonly source: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly result: string;
  readonly events: number;
  /** Those in which something was read. */
  readonly collections: readonly { readonly name: string; readonly counts: Readonly<Record<string, number>> }[];
  readonly problems: readonly unknown[];
};

/** The counts that every collection has; `read` is the sum of the others. */
export const importColumns = ['read', 'applied', 'unchanged', 'merged', 'quarantined', 'skipped'] as const;

/** The newest imports of a dump or a database. */
export const readImports = async (db: Kysely<unknown>, limit: number): Promise<readonly ImportRun[]> =>
  await readRuns(db, sql<boolean>`kind = 'import'`, limit);

/** The newest runs that read documents on file or in quarantine again: corrections, remaps, splits by hand. */
export const readRepairs = async (db: Kysely<unknown>, limit: number): Promise<readonly ImportRun[]> =>
  await readRuns(db, sql<boolean>`kind <> 'import'`, limit);

/** `which`: the condition of a partial index, written out: following the old CRM makes up to one run a minute. */
const readRuns = async (
  db: Kysely<unknown>,
  which: RawBuilder<boolean>,
  limit: number,
): Promise<readonly ImportRun[]> => {
  const rows = await ifThere(
    typed(db)
      .selectFrom('ops.importRun')
      .select(['importRunId', 'source', 'startedAt', 'finishedAt', 'result', 'events', 'counts', 'problems'])
      .where(which)
      .orderBy('importRunId', 'desc')
      .limit(limit)
      .execute(),
    [],
  );
  return rows.map(({ counts, problems, events, ...run }) => ({
    ...run,
    events: Number(events),
    collections: Object.entries((counts ?? {}) as Record<string, Record<string, number>>)
      .filter(([, counts]) => (counts?.read ?? 0) > 0)
      .map(([name, counts]) => ({ name, counts }))
      .sort((one, other) => placeOf(one.name) - placeOf(other.name)),
    problems: (problems ?? []) as unknown[],
  }));
};

/** All folders (or databases) that were ever imported from. */
export const importSources = async (db: Kysely<unknown>): Promise<readonly string[]> => {
  const rows = await ifThere(
    typed(db).selectFrom('ops.importRun').select('source').where('kind', '=', 'import').distinct().execute(),
    [],
  );
  return rows.map(({ source }) => source);
};

/** In the order in which they are imported, which jsonb does not keep; unknown ones come last. */
const placeOf = (collection: string): number => {
  const place = (legacyCollections as readonly string[]).indexOf(collection);
  return place === -1 ? legacyCollections.length : place;
};
