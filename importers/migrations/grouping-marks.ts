import { type Migration, sql } from 'kysely';
import { pagesBy } from '../../platform/database/pages.ts';
import { recordKeyOf, type StagedCollection } from '../collections.ts';
import type { AnyDatabase } from '../database.ts';

/** Documents about the same thing are only looked for where something changed. */
export const groupingMarks: Migration = {
  async up(db) {
    for (const statement of [
      sql`create table ops.import_grouped (
        collection text primary key,
        -- a hash of the rules that grouped it
        rules text not null
      )`,
      sql`comment on table ops.import_grouped is
        'Collections whose documents about the same thing have been joined into records; changes since then are in import_grouping_mark.'`,
      sql`create table ops.import_grouping_mark (
        collection text not null,
        kind text not null check (kind in ('document', 'identity', 'record', 'phone')),
        key text not null,
        -- the transaction that changed it
        changed_by xid8 not null default pg_current_xact_id()
      )`,
      sql`comment on table ops.import_grouping_mark is
        'What may have changed which documents are about the same thing, until the next import has looked at it. Holds personal data.'`,
      // The record that a document would be on its own, if it is in another one.
      sql`alter table ops.import_document add column own_key text`,
      sql`create index import_document_own_key on ops.import_document (own_key) where own_key is not null`,
      sql`create index import_document_phone on ops.import_document ((payload -> 'fields' ->> 'mobilePhone'))
        where collection = 'contacts'`,
      ...triggers,
    ])
      await statement.execute(db);
    for (const collection of ['users', 'contacts', 'properties'] as const) await addOwnKeys(db, collection);
  },
};

/**
 * Whoever changes what the rules read, in whatever way, notes it. A collection that was never grouped needs no marks: the whole
 * of it will be looked at.
 */
const triggers = [
  sql`create function ops.note_identities() returns trigger language plpgsql as $$
    begin
      insert into ops.import_grouping_mark (collection, kind, key)
      select collection, 'identity', identity from changed join ops.import_grouped using (collection)
      union all
      -- An address of the staff's identifies no contact.
      select g.collection, 'identity', identity from changed join ops.import_grouped g on g.collection = 'contacts'
      where changed.collection = 'users';
      return null;
    end $$`,
  sql`create trigger note_added after insert on ops.import_identity referencing new table as changed
    for each statement execute function ops.note_identities()`,
  sql`create trigger note_changed after update on ops.import_identity referencing new table as changed
    for each statement execute function ops.note_identities()`,
  sql`create trigger note_removed after delete on ops.import_identity referencing old table as changed
    for each statement execute function ops.note_identities()`,

  sql`create function ops.note_grouping() returns trigger language plpgsql as $$
    declare
      before text;
      after text;
    begin
      if tg_op <> 'INSERT' then
        insert into ops.import_grouping_mark (collection, kind, key)
        select g.collection, x.kind, x.key from ops.import_grouped g, (values
            ('record', old.record_key),
            ('document', case when tg_op = 'UPDATE' then new.legacy_id end)
          ) as x (kind, key)
        where g.collection = old.collection and x.key is not null;
        before := old.payload -> 'fields' ->> 'memberMobilePhone';
      end if;
      if tg_op <> 'DELETE' then after := new.payload -> 'fields' ->> 'memberMobilePhone'; end if;
      -- A phone number of the staff's says nothing about who a contact is.
      if before is distinct from after then
        insert into ops.import_grouping_mark (collection, kind, key)
        select g.collection, 'phone', x.phone from ops.import_grouped g, (values (before), (after)) as x (phone)
        where g.collection = 'contacts' and x.phone is not null;
      end if;
      return null;
    end $$`,
  sql`create trigger note_grouping_added after insert on ops.import_document for each row
    when (new.collection = 'users') execute function ops.note_grouping()`,
  sql`create trigger note_grouping_changed after update on ops.import_document for each row
    when (old.collection in ('users', 'contacts', 'properties') and (
      (old.legacy_id, old.record_key, old.created_at, old.identities)
        is distinct from (new.legacy_id, new.record_key, new.created_at, new.identities)
      or old.payload::text <> new.payload::text))
    execute function ops.note_grouping()`,
  sql`create trigger note_grouping_removed after delete on ops.import_document for each row
    when (old.collection in ('users', 'contacts', 'properties')) execute function ops.note_grouping()`,

  // A person splits a record while an import may be grouping it for the first time.
  sql`create function ops.note_kept_apart() returns trigger language plpgsql as $$
    begin
      insert into ops.import_grouping_mark (collection, kind, key)
      values (coalesce(new.collection, old.collection), 'document', coalesce(new.legacy_id, old.legacy_id));
      return null;
    end $$`,
  sql`create trigger note_kept_apart after insert or update or delete on ops.import_kept_apart for each row
    execute function ops.note_kept_apart()`,

  // The documents of an agent that exists do not move to another one.
  sql`create function ops.note_forgotten_agent() returns trigger language plpgsql as $$
    begin
      insert into ops.import_grouping_mark (collection, kind, key) values ('users', 'record', old.record_key);
      return null;
    end $$`,
  sql`create trigger note_forgotten_agent after delete on ops.import_record for each row
    when (old.aggregate = 'agent') execute function ops.note_forgotten_agent()`,

  sql`create function ops.forget_grouping() returns trigger language plpgsql as $$
    begin
      delete from ops.import_grouped;
      return null;
    end $$`,
  ...['import_document', 'import_identity', 'import_record', 'import_kept_apart'].map(
    (table) =>
      sql`create trigger forget_grouping after truncate on ${sql.table(`ops.${table}`)} execute function ops.forget_grouping()`,
  ),
];

const addOwnKeys = async (db: AnyDatabase, collection: StagedCollection): Promise<void> => {
  const merged = async (after: string, limit: number) => {
    const { rows } = await sql<{ legacy_id: string }>`
      select legacy_id from ops.import_document where collection = ${collection} and merged and legacy_id > ${after}
      order by legacy_id limit ${limit}`.execute(db);
    return rows.map(({ legacy_id }) => legacy_id);
  };
  for await (const ids of pagesBy((id) => id, 10_000, merged))
    await sql`
      update ops.import_document d set own_key = x.own_key
      from unnest(${ids}::text[], ${ids.map((id) => recordKeyOf(collection, id))}::text[]) as x (legacy_id, own_key)
      where d.collection = ${collection} and d.legacy_id = x.legacy_id`.execute(db);
};
