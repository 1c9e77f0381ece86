import { sql } from 'kysely';
import type { AnyDatabase } from './database.ts';
import type { LegacyCollection } from './source.ts';

export type CountsByCode = Partial<Record<LegacyCollection, Record<string, number>>>;
type Row = { collection: LegacyCollection; code: string; count: string };

const byCollection = (rows: readonly Row[]): CountsByCode => {
  const counts: CountsByCode = {};
  for (const { collection, code, count } of rows) {
    counts[collection] = { ...counts[collection], [code]: Number(count) };
  }
  return counts;
};

/** Fields that could not be understood, by field and code, over all documents on file. */
export const warningsByCode = async (db: AnyDatabase): Promise<CountsByCode> => {
  const { rows } = await sql<Row>`
    select collection, code, count(*) as count from ops.import_document, unnest(warnings) as w (code)
    where warnings is not null group by 1, 2 order by 1, 3 desc, 2`.execute(db);
  return byCollection(rows);
};

/** Documents that wait in quarantine, by code. */
export const quarantineByCode = async (db: AnyDatabase): Promise<CountsByCode> => {
  const { rows } = await sql<Row>`
    select collection, code, count(*) as count from ops.quarantine where resolved_at is null
    group by 1, 2 order by 1, 3 desc, 2`.execute(db);
  return byCollection(rows);
};

/** Documents on file whose references point nowhere, by collection. */
export const unresolvedReferences = async (db: AnyDatabase): Promise<Partial<Record<LegacyCollection, number>>> => {
  const { rows } = await sql<{ collection: LegacyCollection; count: string }>`
    select collection, count(*) as count from ops.import_document where unresolved is not null group by 1`.execute(db);
  return Object.fromEntries(rows.map(({ collection, count }) => [collection, Number(count)]));
};

/** The documents written down in a run: how many are records of their own, how many were folded into another one's. */
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
