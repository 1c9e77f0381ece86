import { sql } from 'kysely';
import type { AnyDatabase } from '../database.ts';
import type { LegacyCollection } from '../source.ts';

export type CountsByCode = Partial<Record<LegacyCollection, Record<string, number>>>;
type Row = { collection: LegacyCollection; code: string; count: string };

const byCollection = (rows: readonly Row[]): CountsByCode => {
  const counts: CountsByCode = {};
  for (const { collection, code, count } of rows) {
    counts[collection] = { ...counts[collection], [code]: Number(count) };
  }
  return counts;
};

/** Which documents are counted: those that a run staged, or all on file. */
export type Scope = { readonly runId: string; readonly startedAt: Date } | 'all';

const writtenIn = (scope: Scope) =>
  scope === 'all' ? sql<boolean>`true` : sql<boolean>`import_run_id = ${scope.runId}::bigint`;

/** Fields that could not be understood, by field and code. */
export const warningsByCode = async (db: AnyDatabase, scope: Scope): Promise<CountsByCode> => {
  const { rows } = await sql<Row>`
    select collection, code, count(*) as count from ops.import_document, unnest(warnings) as w (code)
    where warnings is not null and ${writtenIn(scope)} group by 1, 2 order by 1, 3 desc, 2`.execute(db);
  return byCollection(rows);
};

/** Documents in quarantine, by code; for a run, those that it put there or found there again. */
export const quarantineByCode = async (db: AnyDatabase, scope: Scope): Promise<CountsByCode> => {
  const seen = scope === 'all' ? sql`true` : sql`last_seen_at >= ${scope.startedAt}::timestamptz`;
  const { rows } = await sql<Row>`
    select collection, code, count(*) as count from ops.quarantine where resolved_at is null and ${seen}
    group by 1, 2 order by 1, 3 desc, 2`.execute(db);
  return byCollection(rows);
};

/** Documents whose references point nowhere, by collection. */
export const unresolvedReferences = async (
  db: AnyDatabase,
  scope: Scope,
): Promise<Partial<Record<LegacyCollection, number>>> => {
  const { rows } = await sql<{ collection: LegacyCollection; count: string }>`
    select collection, count(*) as count from ops.import_document
    where unresolved is not null and ${writtenIn(scope)} group by 1`.execute(db);
  return Object.fromEntries(rows.map(({ collection, count }) => [collection, Number(count)]));
};

/**
 * The documents staged in a run: how many are records, and how many were merged into the record of another document.
 */
export const writtenInRun = async (
  db: AnyDatabase,
  runId: string,
): Promise<Partial<Record<LegacyCollection, { readonly own: number; readonly merged: number }>>> => {
  const { rows } = await sql<{ collection: LegacyCollection; own: string; merged: string }>`
    select collection, count(*) filter (where not merged) as own, count(*) filter (where merged) as merged
    from ops.import_document where import_run_id = ${runId}::bigint and record_key is not null group by 1`.execute(db);
  return Object.fromEntries(
    rows.map(({ collection, own, merged }) => [collection, { own: Number(own), merged: Number(merged) }]),
  );
};
