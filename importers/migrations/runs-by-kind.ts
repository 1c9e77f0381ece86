import { type Migration, sql } from 'kysely';

/** The newest imports, and the newest runs of other kinds, however many of the others came since. */
export const runsByKind: Migration = {
  async up(db) {
    await sql`create index import_run_import on ops.import_run (import_run_id) where kind = 'import'`.execute(db);
    await sql`create index import_run_other on ops.import_run (import_run_id) where kind <> 'import'`.execute(db);
  },
};
