import { type Migration, sql } from 'kysely';

export const names: Migration = {
  async up(db) {
    // Other names of documents, if references may spell their IDs differently (see domain/identity/legacy-id.ts); few have any.
    await sql`
      create table ops.import_document_name (
        collection text not null,
        name text not null,
        legacy_id text not null,
        primary key (collection, name, legacy_id)
      )`.execute(db);
  },
};

export const fieldTimes: Migration = {
  async up(db) {
    // When each value was set: of merged documents, the value that changed last counts.
    await sql`
      alter table ops.import_document
        -- the document's own time when it was first read
        add column since timestamptz,
        -- the fields that have changed since, and when: {"listPrice": "2026-05-01T12:00:00.000Z"}
        add column field_times json`.execute(db);
    await sql`update ops.import_document set since = coalesce(updated_at, created_at)`.execute(db);
  },
};

/** Documents that did not change are read again by newer readers. */
export const readers: Migration = {
  async up(db) {
    await sql`
      alter table ops.import_document
        -- which readers read it last (see readers-version.ts); null: a release that did not say
        add column readers text,
        -- it did not change, newer readers read it otherwise, and its record is not applied yet
        add column read_again boolean not null default false`.execute(db);
    await sql`create index import_document_read_again on ops.import_document (record_key) where read_again`.execute(db);
  },
};

/** What was there when documents were last read, so that unchanged ones need not be read again. */
export const marks: Migration = {
  async up(db) {
    await sql`
      alter table ops.import_alert_sent
        -- identifies its content and how it was read; null: a release that did not keep it, or not from BSON
        add column content_mark bigint`.execute(db);
    await sql`
      alter table ops.quarantine
        -- which readers put it here (see readers-version.ts); null: none, or a release that did not say
        add column readers text`.execute(db);
  },
};
