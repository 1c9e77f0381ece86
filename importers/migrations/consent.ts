import { type Migration, sql } from 'kysely';

/** Opt-outs count by address, and grow by number. */
export const consent: Migration = {
  async up(db) {
    for (const statement of [
      sql`create sequence ops.import_opt_out_statement`,
      // Increases with every new opt-out; import_record has the last one that was applied to each lead.
      sql`alter table ops.import_opt_out
        add column statement bigint not null default nextval('ops.import_opt_out_statement')`,
      sql`comment on table ops.import_opt_out is
        'Who opted out, by any document, whatever became of it. It only grows. Holds personal data.'`,
      sql`create table ops.import_address (
        -- canonical (see domain/identity/email-address.ts)
        address text not null,
        -- the document of contacts whose person has this address
        legacy_id text not null,
        primary key (address, legacy_id)
      )`,
      sql`create index import_address_document on ops.import_address (legacy_id)`,
      sql`insert into ops.import_address (address, legacy_id)
        select substr(identity, 7), legacy_id from ops.import_identity
        where collection = 'contacts' and starts_with(identity, 'email:')`,
      sql`insert into ops.import_opt_out (identity, place, first_seen_at)
        select 'id:' || legacy_id, 'contacts/' || legacy_id, now() from ops.import_document
        where collection = 'contacts' and opt_out
        union all
        select distinct on (a.address) 'email:' || a.address, 'contacts/' || legacy_id, now()
        from ops.import_document join ops.import_address a using (legacy_id)
        where collection = 'contacts' and opt_out
        on conflict do nothing`,
    ])
      await statement.execute(db);
  },
};
