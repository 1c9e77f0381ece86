import { type Migration, sql } from 'kysely';

/** A record whose documents all moved to another record ends there. */
export const merged: Migration = {
  async up(db) {
    await sql`
      create table ops.import_merged (
        aggregate text not null,
        -- a record whose documents all went to another record, where it ends
        record_key text not null,
        into_key text not null,
        primary key (aggregate, record_key)
      )`.execute(db);
    await sql`create index import_merged_into on ops.import_merged (aggregate, into_key)`.execute(db);
  },
};

/** Documents that are no longer one record are separated again. */
export const split: Migration = {
  async up(db) {
    for (const statement of [
      // What was applied of a record when it ended, so that it can continue if its documents are split again.
      sql`alter table ops.import_merged add column applied json, add column revision bigint, add column updated_at timestamptz`,
      sql`create table ops.import_split (
        aggregate text not null,
        -- a record with documents that were part of another record
        record_key text not null,
        from_key text not null,
        primary key (aggregate, record_key)
      )`,
      sql`create index import_split_from on ops.import_split (aggregate, from_key)`,
    ]) {
      await statement.execute(db);
    }
  },
};

/** A person splits a record, and its documents stay apart whatever they say later. */
export const splitsByHand: Migration = {
  async up(db) {
    for (const statement of [
      sql`create table ops.import_split_by_hand (
        split_id bigint generated always as identity primary key,
        collection text not null,
        -- the record that was split
        record_key text not null,
        split_by text not null,
        because text not null,
        split_at timestamptz not null,
        -- when its events were appended
        applied_at timestamptz
      )`,
      sql`comment on table ops.import_split_by_hand is 'Records that a person split because they were wrongly merged: who, and why.'`,
      sql`create table ops.import_kept_apart (
        collection text not null,
        legacy_id text not null,
        split_id bigint not null,
        -- which side of the split it is on
        leaves_yn boolean not null,
        primary key (collection, legacy_id, split_id)
      )`,
      sql`comment on table ops.import_kept_apart is
        'Documents on the two sides of a split by hand: whatever they say later, they never become one record again.'`,
    ])
      await statement.execute(db);
  },
};

export const severalSplits: Migration = {
  async up(db) {
    // One record can take documents of several others.
    await sql`
      alter table ops.import_split drop constraint import_split_pkey, add primary key (aggregate, record_key, from_key)`.execute(
      db,
    );
  },
};

/** Contacts of the old CRM join leads that were captured in openhouse. */
export const capturedLeads: Migration = {
  async up(db) {
    for (const statement of [
      sql`create table ops.import_captured_lead (
        contact_key text primary key,
        captured_at timestamptz not null
      )`,
      sql`comment on table ops.import_captured_lead is
        'Leads that were captured in openhouse and then turned out to be contacts of the old CRM.'`,
    ])
      await statement.execute(db);
  },
};

export const regrouped: Migration = {
  async up(db) {
    // Its documents have not changed: others joined them, or left.
    await sql`alter table ops.import_pending add column regrouped boolean not null default false`.execute(db);
  },
};
