import { sql } from 'kysely';
import { wasVisibleIn } from '../../changed-by.ts';
import type { StagedCollection } from '../../collections.ts';
import type { AnyDatabase } from '../../database.ts';
import { groupingVersion } from '../../readers-version.ts';

/** What changed: a document, who has an identity, which documents a record has, or whether a phone number is the staff's. */
export type Mark = { readonly kind: 'document' | 'identity' | 'record' | 'phone'; readonly key: string };

/** What has to be looked at: the whole collection, or what is connected with marks. */
export type Extent =
  | { readonly what: 'nothing' }
  | { readonly what: 'all'; readonly snapshot: string }
  | { readonly what: 'marked'; readonly marks: readonly Mark[]; readonly snapshot: string };

/** If there are more marks than this, the whole collection is looked at, unless they are few in relation to the identities on file. */
const many = 1_000;
const share = 0.1;

/**
 * What has changed since a collection was last grouped. Triggers note it in the transaction of the change (see
 * migrations/grouping-marks.ts), so everything that a transaction sees after calling this is among it, or has a mark that
 * `clearMarks` leaves. A collection that these rules never grouped has to be looked at as a whole. To be called in a transaction.
 */
export const extentOf = async (db: AnyDatabase, collection: StagedCollection): Promise<Extent> => {
  const { rows } = await sql<{
    any: boolean;
    rules: string | null;
    snapshot: string;
    waiting: number;
    most: number;
  }>`
    select exists (select from ops.import_document where collection = ${collection}) as any,
      (select rules from ops.import_grouped where collection = ${collection}) as rules,
      pg_current_snapshot()::text as snapshot,
      (select count(*)::int from ops.import_grouping_mark where collection = ${collection}) as waiting,
      (select greatest(${many}, ${share} * reltuples)::float8 from pg_class where oid = 'ops.import_identity'::regclass)
        as most`.execute(db);
  const { any, rules, snapshot, waiting, most } = rows[0]!;
  const grouped = rules === groupingVersion();
  // Nothing is marked in a collection that was never grouped; what is imported into an empty one needs no marks.
  if (!any || (grouped && waiting === 0)) return { what: 'nothing' };
  // So changes under way have to be waited for, and later ones have to wait until it is grouped.
  if (rules === null)
    await sql`
      lock table ops.import_document, ops.import_identity, ops.import_record in share row exclusive mode`.execute(db);
  if (!grouped || waiting > most) return { what: 'all', snapshot };
  const { rows: marks } = await sql<Mark>`
    select distinct kind, key from ops.import_grouping_mark where collection = ${collection}`.execute(db);
  return { what: 'marked', marks, snapshot };
};

/** Notes that everything up to a snapshot is grouped, and what this transaction itself moved. */
export const clearMarks = async (db: AnyDatabase, collection: StagedCollection, snapshot: string): Promise<void> => {
  await sql`
    delete from ops.import_grouping_mark
    where collection = ${collection}
      and (changed_by = pg_current_xact_id() or ${wasVisibleIn(snapshot)})`.execute(db);
  await sql`
    insert into ops.import_grouped as g (collection, rules) values (${collection}, ${groupingVersion()})
    on conflict (collection) do update set rules = excluded.rules where g.rules <> excluded.rules`.execute(db);
};

/**
 * Whether documents may belong together otherwise because of what changed in openhouse itself: an identity, or a document that shares
 * one with another. So an address that two leads were given here does not wait until someone changes something in the old CRM.
 */
export const anyToGroup = async (db: AnyDatabase): Promise<boolean> => {
  const { rows } = await sql<{ any: boolean }>`
    select exists (
      select from ops.import_grouping_mark m join ops.import_grouped using (collection)
      where m.kind in ('identity', 'phone') or m.kind = 'document' and exists (
        select from ops.import_identity own join ops.import_identity other using (collection, identity)
        where own.collection = m.collection and own.legacy_id = m.key and other.legacy_id <> own.legacy_id)) as any`.execute(
    db,
  );
  return rows[0]!.any;
};
