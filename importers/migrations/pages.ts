import { type Migration, sql } from 'kysely';

/** Consecutive documents that are on file as they are need not be looked up one by one. */
export const pages: Migration = {
  async up(db) {
    for (const statement of [
      sql`create table ops.import_page (
        collection text not null,
        -- a hash of the bytes of all its documents
        fingerprint text not null,
        -- what read it: the readers, and the code that looks at documents without reading them
        version text not null,
        documents integer not null,
        -- see importers/staging/ids/document-keys.ts
        keys bytea not null,
        -- the positions of documents that must be looked at every time
        look_at json not null,
        -- the fields that nothing reads, and how many of its documents have them
        unread json not null,
        primary key (collection, fingerprint)
      )`,
      sql`comment on table ops.import_page is
        'Runs of consecutive documents in the sources that were read, of which all but a few are on file as they are there.'`,
      sql`create table ops.import_document_change (
        collection text not null,
        legacy_id text not null,
        -- the latest transaction that changed it
        changed_by xid8 not null default pg_current_xact_id(),
        primary key (collection, legacy_id)
      )`,
      sql`comment on table ops.import_document_change is
        'Documents on file that have changed since the pages with them were last read: what those pages say no longer counts for them.'`,
      // Few are, and every import looks for them.
      sql`create index import_document_merged on ops.import_document (collection, record_key) where merged`,
      // Whoever changes a document on file, in whatever way: what pages say of it no longer counts.
      sql`create function ops.note_document_change() returns trigger language plpgsql as $$
        declare
          place text;
        begin
          if tg_nargs > 0 then place := tg_argv[0]; else place := old.collection; end if;
          insert into ops.import_document_change (collection, legacy_id) values (place, old.legacy_id)
          on conflict (collection, legacy_id) do update set changed_by = excluded.changed_by;
          return null;
        end $$`,
      sql`create trigger note_change after update on ops.import_document for each row
        when ((old.legacy_id, old.content_hash, old.record_key, old.readers)
          is distinct from (new.legacy_id, new.content_hash, new.record_key, new.readers))
        execute function ops.note_document_change()`,
      sql`create trigger note_removal after delete on ops.import_document for each row
        execute function ops.note_document_change()`,
      sql`create trigger note_change after update on ops.import_alert_sent for each row
        -- not its mark, which changes when it says the same in another form
        when ((old.legacy_id, old.search_ref, old.listing_ref, old.sent_at)
          is distinct from (new.legacy_id, new.search_ref, new.listing_ref, new.sent_at))
        execute function ops.note_document_change('alerts_sent')`,
      sql`create trigger note_removal after delete on ops.import_alert_sent for each row
        execute function ops.note_document_change('alerts_sent')`,
      sql`create function ops.forget_pages() returns trigger language plpgsql as $$
        begin
          delete from ops.import_page;
          return null;
        end $$`,
      sql`create trigger forget_pages after truncate on ops.import_document execute function ops.forget_pages()`,
      sql`create trigger forget_pages after truncate on ops.import_alert_sent execute function ops.forget_pages()`,
    ])
      await statement.execute(db);
  },
};
