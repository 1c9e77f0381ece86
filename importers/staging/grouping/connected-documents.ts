import { sql } from 'kysely';
import type { StagedCollection } from '../../collections.ts';
import type { AnyDatabase } from '../../database.ts';
import type { Mark } from './marks.ts';

/** All documents of a collection that share an identity, or a record to which a document has moved. */
export const documentsThatShare = async (db: AnyDatabase, collection: StagedCollection): Promise<readonly string[]> => {
  const { rows } = await sql<{ legacy_id: string }>`
    with shared as (
      select identity from ops.import_identity where collection = ${collection} group by identity having count(*) > 1
    )
    select i.legacy_id from ops.import_identity i join shared using (identity) where i.collection = ${collection}
    union
    select d.legacy_id from ops.import_document d
    where d.collection = ${collection} and d.record_key in (
      select m.record_key from ops.import_document m where m.collection = ${collection} and m.merged)`.execute(db);
  return rows.map(({ legacy_id }) => legacy_id);
};

/**
 * The documents that are connected with marked ones, in any number of steps: by an identity, by their record, or by the record
 * that one of them would be on its own and another one is in. Every identity and every record is looked up once, however many
 * documents have it.
 */
export const connectedDocuments = async (
  db: AnyDatabase,
  collection: StagedCollection,
  marks: readonly Mark[],
): Promise<readonly string[]> => {
  const { rows } = await sql<{ legacy_id: string }>`
    with recursive reached (kind, key) as (
      select kind, key from unnest(
        ${marks.map(({ kind }) => kind)}::text[], ${marks.map(({ key }) => key)}::text[]) as mark (kind, key)
      union
      select next.kind, next.key from reached cross join lateral (
        select also.kind, also.key from ops.import_document d cross join lateral (
          select 'identity' as kind, unnest(d.identities) as key
          union all select 'record', d.record_key
          union all select 'record', d.own_key
        ) also
        where reached.kind = 'document' and d.collection = ${collection} and d.legacy_id = reached.key
        union all
        select 'document', i.legacy_id from ops.import_identity i
        where reached.kind = 'identity' and i.collection = ${collection} and i.identity = reached.key
        union all
        select 'document', d.legacy_id from ops.import_document d
        where reached.kind = 'record' and d.record_key = reached.key and d.collection = ${collection}
        union all
        select 'document', d.legacy_id from ops.import_document d
        where reached.kind = 'record' and d.own_key = reached.key and d.collection = ${collection}
        union all
        select 'document', d.legacy_id from ops.import_document d
        where reached.kind = 'phone' and ${collection} = 'contacts' and d.collection = 'contacts'
          and d.payload -> 'fields' ->> 'mobilePhone' = reached.key
      ) as next
      where next.key is not null
    )
    select key as legacy_id from reached where kind = 'document'`.execute(db);
  return rows.map(({ legacy_id }) => legacy_id);
};
