import { type Migration, sql } from 'kysely';

/** In which collection a document was found, where a mapping reads different fields in each. */
export const foundIn: Migration = {
  async up(db) {
    // null: its fields do not depend on that
    await sql`alter table ops.import_document add column found_in text`.execute(db);
  },
};
