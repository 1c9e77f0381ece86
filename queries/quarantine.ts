import { type Kysely, sql } from 'kysely';
import { typed } from './database.ts';
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
  db: Kysely<unknown>,
  { collection, code, before }: { collection?: string; code?: string; before?: string },
  limit: number,
): Promise<readonly QuarantineRow[]> => {
  let query = typed(db)
    .selectFrom('ops.quarantine')
    .select(['quarantineId', 'collection', 'legacyId', 'place', 'code', 'path', 'reason', 'firstSeenAt'])
    // As text: it is shown as it was read.
    .select(sql<string>`raw::text`.as('raw'))
    .where('resolvedAt', 'is', null);
  if (collection !== undefined) query = query.where('collection', '=', collection);
  if (code !== undefined) query = query.where('code', '=', code);
  if (before !== undefined) query = query.where('quarantineId', '<', before);
  const rows = await ifThere(query.orderBy('quarantineId', 'desc').limit(limit).execute(), []);
  return rows.map((row) => ({ ...row, raw: indented(row.raw) }));
};

/** How many wait, by collection and code. */
export const countQuarantine = async (
  db: Kysely<unknown>,
): Promise<readonly { collection: string; code: string; count: number }[]> => {
  const rows = await ifThere(
    typed(db)
      .selectFrom('ops.quarantine')
      .select(({ fn }) => ['collection', 'code', fn.countAll<string>().as('count')])
      .where('resolvedAt', 'is', null)
      .groupBy(['collection', 'code'])
      .orderBy('count', 'desc')
      .orderBy('collection')
      .orderBy('code')
      .execute(),
    [],
  );
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
};

const indented = (raw: string): string => {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
};
