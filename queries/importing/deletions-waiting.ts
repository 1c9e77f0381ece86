import { type QueryExecutorProvider, sql } from 'kysely';
import { type DeletionDecision, deletionDecisions } from '../../importers/mongo/following/decided.ts';
import { isKept } from '../../importers/mongo/following/kept.ts';
import { camelCased } from '../../tables/database.ts';

/** Deletions in a collection of the old CRM that wait for a person, and what was decided for the next run of following. */
export type CollectionWaiting = {
  readonly source: string;
  /** As the old CRM calls it. */
  readonly collection: string;
  readonly documents: number;
  /** `null` if no one has decided yet. */
  readonly decided: 'confirmed' | 'kept' | null;
  readonly decidedBy: string | null;
  readonly because: string | null;
};

/** Of a record type (as the ledger calls it): documents on file that the sweeps no longer find, of how many, with some of their records. */
export type MissingDocuments = {
  readonly collection: string;
  readonly documents: number;
  readonly total: number;
  readonly samples: readonly { readonly legacyId: string; readonly recordKey: string | null }[];
};

export type DeletionsShown = {
  readonly waiting: readonly CollectionWaiting[];
  readonly missing: readonly MissingDocuments[];
  /** What was decided before, the newest first. */
  readonly decisions: readonly DeletionDecision[];
};

/** What waits, and what it is about. */
export const readDeletionsWaiting = async (db: QueryExecutorProvider, most = 5): Promise<DeletionsShown> => {
  const { rows: waiting } = await sql<CollectionWaiting>`
    select source, collection, gone_waiting::int as documents, coalesce(gone_kept_by, gone_confirmed_by) as decided_by,
      coalesce(gone_kept_because, gone_confirmed_because) as because,
      case when gone_kept_at is not null then 'kept' when gone_confirmed_at is not null then 'confirmed' end as decided
    from ops.import_follow where gone_waiting > 0 order by source, collection`.execute(camelCased(db));
  const decisions = await deletionDecisions(db);
  if (waiting.length === 0) return { waiting, missing: [], decisions };
  const { rows: missing } = await sql<MissingDocuments>`
    with missed as (
      select collection, legacy_id, record_key, row_number() over (partition by collection order by md5(legacy_id)) as nth
      from ops.import_document d
      where missed_sweeps >= 2 and gone_at is null and not ${isKept(sql`d.collection`, sql`d.legacy_id`)})
    select m.collection, count(*)::int as documents,
      (select count(*)::int from ops.import_document t where t.collection = m.collection and t.gone_at is null) as total,
      json_agg(json_build_object('legacyId', legacy_id, 'recordKey', record_key) order by nth)
        filter (where nth <= ${most}) as samples
    from missed m group by m.collection order by m.collection`.execute(camelCased(db));
  return { waiting, missing, decisions };
};
