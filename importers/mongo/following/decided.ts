import { type QueryExecutorProvider, sql } from 'kysely';
import { camelCased } from '../../../tables/database.ts';
import type { Decided } from './kept.ts';

/** A person's decision about documents that were gone, and for how many of them it still holds: one that comes back is followed again. */
export type DeletionDecision = Decided & {
  /** As the ledger calls it. */
  readonly collection: string;
  readonly documents: number;
  readonly decision: 'deleted' | 'kept';
};

/** The decisions that following has carried out, the newest first. */
export const deletionDecisions = async (db: QueryExecutorProvider, most = 50): Promise<readonly DeletionDecision[]> => {
  const { rows } = await sql<DeletionDecision>`
    select collection, 'deleted' as decision, count(*)::int as documents, gone_confirmed ->> 'by' as by,
      gone_confirmed ->> 'because' as because, (gone_confirmed ->> 'at')::timestamptz as at
    from ops.import_document where gone_confirmed is not null group by collection, 4, 5, 6
    union all
    select collection, 'kept', count(*)::int, kept_by, because, kept_at
    from ops.import_kept group by collection, kept_by, because, kept_at
    order by at desc, collection limit ${most}`.execute(camelCased(db));
  return rows;
};
