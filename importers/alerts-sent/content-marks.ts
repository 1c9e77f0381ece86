import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { AnyDatabase } from '../database.ts';

/**
 * Identifies the content of an alert, and how it was read, in 53 bits: alerts with the same mark and ID are the same. (Only
 * an alert that was edited, with a chance of 2⁻⁵³, would count as unchanged.)
 */
export const markOf = (readers: string) => {
  const seed = hash('sha1', readers, 'buffer');
  const [low, high] = [seed.readUInt32LE(0), seed.readUInt32LE(4)];
  return (bytes: Buffer): number => {
    const digest = hash('sha1', bytes, 'buffer');
    return ((digest.readUInt32LE(4) ^ high) & 0x1f_ffff) * 2 ** 32 + ((digest.readUInt32LE(0) ^ low) >>> 0);
  };
};

/** Which of these are not on file as they are now, by index. */
export const notOnFile = async (
  db: AnyDatabase,
  waiting: readonly { readonly key: string | undefined; readonly mark: number }[],
): Promise<ReadonlySet<number>> => {
  const { rows } = await sql<{ n: number }>`
    select (n - 1)::integer as n
    from unnest(${waiting.map(({ key }) => key ?? null)}::text[], ${waiting.map(({ mark }) => mark)}::bigint[])
      with ordinality as x (legacy_id, mark, n)
    where not exists (
      select from ops.import_alert_sent a where a.legacy_id = x.legacy_id and a.content_mark = x.mark)`.execute(db);
  return new Set(rows.map(({ n }) => n));
};
