import { type Migration, sql } from 'kysely';

/** Why a person let imports go on after one stopped. */
export const accepted: Migration = {
  async up(db) {
    await sql`alter table ops.import_run add column accepted_because text`.execute(db);
  },
};
