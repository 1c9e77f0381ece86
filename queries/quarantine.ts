import { type QueryExecutorProvider, sql } from 'kysely';
import { ifThere } from './if-there.ts';

/** A legacy document that could not become a record. */
export type QuarantineRow = {
  readonly quarantineId: string;
  readonly collection: string;
  readonly legacyId: string | null;
  readonly place: string;
  readonly code: string;
  readonly path: string;
  readonly reason: string;
  /** Canonical Extended JSON, indented. */
  readonly raw: string;
  readonly firstSeenAt: Date;
};

/** Documents in quarantine, the newest first; `before` is the id of the last one seen. */
export const readQuarantine = async (
  db: QueryExecutorProvider,
  { collection, code, before }: { collection?: string; code?: string; before?: string },
  limit: number,
): Promise<readonly QuarantineRow[]> => {
  const { rows } = await ifThere(
    sql<QuarantineRow>`
      select quarantine_id as "quarantineId", collection, legacy_id as "legacyId", place, code, path, reason,
        raw::text as raw, first_seen_at as "firstSeenAt"
      from ops.quarantine
      where resolved_at is null
        and (${collection ?? null}::text is null or collection = ${collection ?? null})
        and (${code ?? null}::text is null or code = ${code ?? null})
        and (${before ?? null}::bigint is null or quarantine_id < ${before ?? null}::bigint)
      order by quarantine_id desc limit ${limit}`.execute(db),
    { rows: [] },
  );
  return rows.map((row) => ({ ...row, raw: indented(row.raw) }));
};

/** How many wait, by collection and code. */
export const countQuarantine = async (
  db: QueryExecutorProvider,
): Promise<readonly { collection: string; code: string; count: number }[]> => {
  const { rows } = await ifThere(
    sql<{ collection: string; code: string; count: number }>`
      select collection, code, count(*)::float8 as count from ops.quarantine
      where resolved_at is null group by collection, code order by count desc, collection, code`.execute(db),
    { rows: [] },
  );
  return rows;
};

const indented = (raw: string): string => {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
};
