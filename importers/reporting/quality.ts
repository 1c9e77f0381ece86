import { sql } from 'kysely';
import type { AnyDatabase } from '../database.ts';

/** How many documents on file are understood completely, understood in part, and set aside, by collection. */
export type QualityOnFile = Readonly<
  Record<string, { readonly clean: number; readonly inPart: number; readonly quarantined: number }>
>;

export const qualityOnFile = async (db: AnyDatabase): Promise<QualityOnFile> => {
  const { rows } = await sql<{ collection: string; clean: string; in_part: string; quarantined: string }>`
    select collection, sum(clean) as clean, sum(in_part) as in_part, sum(quarantined) as quarantined from (
      select collection, count(*) filter (where warnings is null) as clean,
        count(*) filter (where warnings is not null) as in_part, 0 as quarantined
      from ops.import_document where record_key is not null group by 1
      union all
      select collection, 0, 0, count(*) from ops.quarantine where resolved_at is null group by 1
    ) as x group by 1 order by 1`.execute(db);
  return Object.fromEntries(
    rows.map(({ collection, clean, in_part, quarantined }) => [
      collection,
      { clean: Number(clean), inPart: Number(in_part), quarantined: Number(quarantined) },
    ]),
  );
};
