import { type Migration, sql } from 'kysely';

export const lastEvents: Migration = {
  async up(db) {
    // Shows whether the event store is still the one that was imported into.
    await sql`alter table ops.import_run add column last_event_id text`.execute(db);
  },
};

/** A run says which mapping read its documents, and what no field of it reads. */
export const mappings: Migration = {
  async up(db) {
    await sql`
      alter table ops.import_run
        -- which mapping read the documents, and a hash of all that it says; null: a release that had only one
        add column mapping text,
        add column mapping_version text,
        -- fields that nothing reads, by collection, with the number of documents that have them
        add column unread jsonb not null default '{}',
        -- how well all documents on file were understood after this run
        add column on_file jsonb`.execute(db);
    // The keys of documents are replaced each time they are read.
    await sql`create index import_document_name_document on ops.import_document_name (collection, legacy_id)`.execute(
      db,
    );
  },
};
