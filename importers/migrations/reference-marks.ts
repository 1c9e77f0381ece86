import { type Migration, sql } from 'kysely';

/** Documents whose references point nowhere are only looked at again when something appears that they may refer to. */
export const referenceMarks: Migration = {
  async up(db) {
    for (const statement of [
      sql`create table ops.import_referenced (
        collection text primary key,
        -- a hash of the rules by which references to it were last looked up; empty: they have to be looked up again
        rules text not null
      )`,
      sql`comment on table ops.import_referenced is
        'Collections to which every reference has been looked up; what has changed in them since is in import_reference_mark.'`,
      sql`create table ops.import_reference_mark (
        collection text not null,
        -- an ID or another name by which references find a document
        name text not null,
        -- the transaction that changed it
        changed_by xid8 not null default pg_current_xact_id()
      )`,
      sql`comment on table ops.import_reference_mark is
        'Names under which references may now find something else, until the next import has looked. Holds personal data.'`,
      // A number for each name that its references are looked up by, if one points nowhere; null: not known yet.
      sql`alter table ops.import_document add column waits_for bigint[]`,
      sql`alter table ops.import_alert_sent add column waits_for bigint[]`,
      sql`create index import_document_waits_for on ops.import_document using gin (waits_for) with (fastupdate = off)
        where unresolved is not null`,
      sql`create index import_document_new_waiting on ops.import_document (collection, legacy_id)
        where unresolved is not null and waits_for is null`,
      sql`create index import_alert_sent_waits_for on ops.import_alert_sent using gin (waits_for) with (fastupdate = off)
        where not remembered`,
      sql`create index import_alert_sent_new_waiting on ops.import_alert_sent (alert_seq)
        where not remembered and waits_for is null`,
      ...triggers,
    ])
      await statement.execute(db);
  },
};

/**
 * Whoever changes what a reference finds, in whatever way, notes it. A collection to which no reference was looked up yet needs no
 * marks: all of them will be.
 */
const triggers = [
  sql`create function ops.note_referenced_added() returns trigger language plpgsql as $$
    begin
      insert into ops.import_reference_mark (collection, name)
      select collection, legacy_id from changed join ops.import_referenced using (collection) where record_key is not null;
      return null;
    end $$`,
  sql`create trigger note_referenced_added after insert on ops.import_document referencing new table as changed
    for each statement execute function ops.note_referenced_added()`,

  sql`create function ops.note_referenced() returns trigger language plpgsql as $$
    begin
      insert into ops.import_reference_mark (collection, name)
      select collection, old.legacy_id from ops.import_referenced where collection = old.collection;
      if tg_op = 'UPDATE' and old.legacy_id <> new.legacy_id then
        insert into ops.import_reference_mark (collection, name)
        select collection, new.legacy_id from ops.import_referenced where collection = new.collection;
      end if;
      return null;
    end $$`,
  sql`create trigger note_referenced_changed after update on ops.import_document for each row
    when (old.collection in ('users', 'contacts', 'properties', 'savedsearches') and (
      (old.legacy_id, old.record_key, old.contact_key) is distinct from (new.legacy_id, new.record_key, new.contact_key)
      -- Of the people with an address, the one whose main address it is takes precedence.
      or (old.collection = 'contacts'
        and old.payload -> 'fields' ->> 'email' is distinct from new.payload -> 'fields' ->> 'email')))
    execute function ops.note_referenced()`,
  sql`create trigger note_referenced_removed after delete on ops.import_document for each row
    when (old.record_key is not null) execute function ops.note_referenced()`,

  sql`create function ops.note_reference_names() returns trigger language plpgsql as $$
    begin
      insert into ops.import_reference_mark (collection, name)
      select collection, name from changed join ops.import_referenced using (collection);
      return null;
    end $$`,
  sql`create function ops.note_reference_addresses() returns trigger language plpgsql as $$
    begin
      insert into ops.import_reference_mark (collection, name)
      select collection, identity from changed join ops.import_referenced using (collection)
      where collection in ('users', 'contacts');
      return null;
    end $$`,
  ...(
    [
      ['import_document_name', 'note_reference_names'],
      ['import_identity', 'note_reference_addresses'],
    ] as const
  ).flatMap(([table, note]) =>
    (
      [
        ['added', 'insert', 'new'],
        ['changed', 'update', 'new'],
        ['former', 'update', 'old'],
        ['removed', 'delete', 'old'],
      ] as const
    ).map(
      ([name, event, rows]) =>
        sql`create trigger ${sql.id(`${note}_${name}`)} after ${sql.raw(event)} on ${sql.table(`ops.${table}`)}
          referencing ${sql.raw(rows)} table as changed for each statement execute function ops.${sql.id(note)}()`,
    ),
  ),

  sql`create function ops.forget_referenced() returns trigger language plpgsql as $$
    begin
      delete from ops.import_referenced;
      return null;
    end $$`,
  ...['import_document', 'import_document_name', 'import_identity', 'import_alert_sent'].map(
    (table) =>
      sql`create trigger forget_referenced after truncate on ${sql.table(`ops.${table}`)} execute function ops.forget_referenced()`,
  ),
];
