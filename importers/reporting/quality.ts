import { sql } from 'kysely';
import type { AnyDatabase } from '../database.ts';
import { isHeldDocument } from './held-documents.ts';

/**
 * How many documents on file are understood completely, understood in part, on hold (saved searches, for which nothing is sent), and set
 * aside, by collection. Releases that did not count those on hold took them for clean or understood in part.
 */
export type QualityOnFile = Readonly<
  Record<
    string,
    { readonly clean: number; readonly inPart: number; readonly onHold?: number; readonly quarantined: number }
  >
>;

export const qualityOnFile = async (db: AnyDatabase): Promise<QualityOnFile> => {
  const { rows } = await sql<{
    collection: string;
    clean: string;
    in_part: string;
    on_hold: string;
    quarantined: string;
  }>`
    select collection, sum(clean) as clean, sum(in_part) as in_part, sum(on_hold) as on_hold, sum(quarantined) as quarantined
    from (
      select collection, count(*) filter (where warnings is null and not on_hold) as clean,
        count(*) filter (where warnings is not null and not on_hold) as in_part, count(*) filter (where on_hold) as on_hold,
        0 as quarantined
      from ops.import_document, lateral (select ${isHeldDocument} as on_hold) as held where record_key is not null group by 1
      union all
      select collection, 0, 0, 0, count(*) from ops.quarantine where resolved_at is null group by 1
    ) as x group by 1 order by 1`.execute(db);
  return Object.fromEntries(
    rows.map(({ collection, clean, in_part, on_hold, quarantined }) => [
      collection,
      { clean: Number(clean), inPart: Number(in_part), onHold: Number(on_hold), quarantined: Number(quarantined) },
    ]),
  );
};
