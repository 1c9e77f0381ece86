import { type Migration, sql } from 'kysely';

/** Documents as they were in their source. */
export const originals: Migration = {
  async up(db) {
    for (const statement of [
      sql`create table ops.import_original (
        block bigint generated always as identity primary key,
        collection text not null,
        -- how many documents were stored in it, and of how many it still has the version on file
        documents integer not null,
        current integer not null,
        -- in bytes, before compression
        size integer not null,
        -- compressed by Brotli; see importers/staging/originals/block.ts
        content bytea not null
      )`,
      sql`alter table ops.import_original alter column content set storage external`,
      sql`comment on table ops.import_original is
        'Documents of the old CRM as they were in their source, so that they can be read again. Holds personal data.'`,
      // null: a release before this one read it
      sql`alter table ops.import_document add column original_block bigint`,
    ])
      await statement.execute(db);
  },
};
