import { type Migration, sql } from 'kysely';
import { type Migrations, migrate, tableComments } from '../platform/database/migrations.ts';
import { migrateLeases } from '../platform/lease/migrations.ts';
import type { AnyDatabase } from './database.ts';

const runs = sql`
  create table ops.import_run (
    import_run_id bigint generated always as identity primary key,
    source text not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    -- 'running' with no finished_at and nobody at it: that process was killed
    result text not null default 'running' check (result in ('running', 'succeeded', 'failed', 'interrupted')),
    events bigint not null default 0,
    -- per collection: read, applied, unchanged, merged, quarantined, skipped, …
    counts jsonb not null default '{}',
    -- files that could not be read to their end, and the error that ended the run
    problems jsonb not null default '[]',
    -- commit positions in $all: the events of this run lie after the first and not after the second
    position_from numeric(20, 0),
    position_to numeric(20, 0)
  )`;

const documents = sql`
  create table ops.import_document (
    collection text not null,
    legacy_id text not null,
    content_hash text not null,
    -- what it was before: a return to one of these is an older dump, where no date tells
    past_hashes text[] not null default '{}',
    -- counts what it said: an activity that was edited is told anew
    version integer not null default 1,
    created_at timestamptz,
    updated_at timestamptz,
    -- the document in our terms, references still by the old CRM's ids
    payload json not null,
    identities text[] not null default '{}',
    -- folded into the record of another document
    merged boolean not null default false,
    opt_out boolean not null default false,
    -- whose stream its events go to; null until the lead (and the agent) it is about are known
    record_key text,
    contact_ref text,
    agent_ref text,
    contact_key text,
    -- references in it that point nowhere
    unresolved text[],
    -- what could not be understood in it: field and code
    warnings text[],
    import_run_id bigint not null,
    primary key (collection, legacy_id)
  )`;

const others = [
  sql`create index import_document_record on ops.import_document (record_key)`,
  sql`create index import_document_homeless on ops.import_document (collection, legacy_id) where record_key is null`,
  sql`create index import_document_unresolved on ops.import_document (collection, legacy_id) where unresolved is not null`,
  sql`create table ops.import_identity (
    collection text not null,
    identity text not null,
    legacy_id text not null,
    primary key (collection, identity, legacy_id)
  )`,
  // Records whose documents changed since they were last applied: what a killed import left to do.
  sql`create table ops.import_pending (
    aggregate text not null,
    record_key text not null,
    -- left by an earlier run, which may have appended its events already
    suspect boolean not null default false,
    primary key (aggregate, record_key)
  )`,
  // What was last applied of each record, so that a later document commands only what changed in it.
  sql`create table ops.import_record (
    aggregate text not null,
    record_key text not null,
    revision bigint not null,
    applied json not null,
    updated_at timestamptz,
    primary key (aggregate, record_key)
  )`,
  // Who opted out in a document that became no record, or was older than the one we have.
  sql`create table ops.import_opt_out (
    identity text primary key,
    place text not null,
    first_seen_at timestamptz not null
  )`,
  sql`create table ops.import_alert_sent (
    legacy_id text primary key,
    alert_seq bigint generated always as identity,
    search_ref text not null,
    listing_ref text not null,
    sent_at timestamptz not null,
    -- whether the memory of what was sent has it: not before its search and its listing are known
    remembered boolean not null default false
  )`,
  sql`create index import_alert_sent_waiting on ops.import_alert_sent (alert_seq) where not remembered`,
];

const quarantine = [
  sql`create table ops.quarantine (
    quarantine_id bigint generated always as identity primary key,
    collection text not null,
    -- the legacy id; of a document without one: its content
    document_key text not null,
    legacy_id text,
    -- the file and the byte where it was last seen
    place text not null,
    code text not null,
    path text not null,
    reason text not null,
    -- the whole document, canonical Extended JSON; json and not jsonb, which cannot hold every text that BSON can
    raw json not null,
    content_hash text not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    resolved_at timestamptz,
    unique (collection, document_key)
  )`,
  sql`create index quarantine_open on ops.quarantine (collection, code) where resolved_at is null`,
  sql`comment on table ops.quarantine is 'Legacy documents that could not become records, and why. Holds personal data.'`,
];

const first: Migration = {
  async up(db) {
    for (const statement of [runs, documents, ...others, ...quarantine]) await statement.execute(db);
  },
};

const merged: Migration = {
  async up(db) {
    await sql`
      create table ops.import_merged (
        aggregate text not null,
        -- a record whose documents all went to another one: it ends there
        record_key text not null,
        into_key text not null,
        primary key (aggregate, record_key)
      )`.execute(db);
    await sql`create index import_merged_into on ops.import_merged (aggregate, into_key)`.execute(db);
  },
};

const names: Migration = {
  async up(db) {
    // What documents are called whose key is not what everybody calls them (see domain/legacy-id.ts); few have any.
    await sql`
      create table ops.import_document_name (
        collection text not null,
        name text not null,
        legacy_id text not null,
        primary key (collection, name, legacy_id)
      )`.execute(db);
  },
};

const consent: Migration = {
  async up(db) {
    for (const statement of [
      sql`create sequence ops.import_opt_out_statement`,
      // Grows with every new statement: which one was applied to a lead last, its row in import_record knows.
      sql`alter table ops.import_opt_out
        add column statement bigint not null default nextval('ops.import_opt_out_statement')`,
      sql`comment on table ops.import_opt_out is
        'Who opted out, by any document, whatever became of it. It only grows. Holds personal data.'`,
      sql`create table ops.import_address (
        -- canonical (see domain/email-address.ts)
        address text not null,
        -- a document of contacts that gives it for its person
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

const lastEvents: Migration = {
  async up(db) {
    // By which it is noticed that the event store is no longer the one that was imported into.
    await sql`alter table ops.import_run add column last_event_id text`.execute(db);
  },
};

const split: Migration = {
  async up(db) {
    for (const statement of [
      // What was applied of a record when it ended: it goes on from there if its documents part again.
      sql`alter table ops.import_merged add column applied json, add column revision bigint, add column updated_at timestamptz`,
      sql`create table ops.import_split (
        aggregate text not null,
        -- a record with documents that were part of another one
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

const comments = tableComments({
  import_run: 'Each import: its source, how it ended, and its counts.',
  import_document: 'Every document of the old CRM as it was last read, in our terms. Holds personal data.',
  import_identity:
    'What makes two documents be about one thing: MLS numbers, e-mail addresses, phone numbers. Holds personal data.',
  import_pending: 'Records whose documents have changed since they were last applied.',
  import_record: 'What was last applied of each record, so that only what changed is commanded. Holds personal data.',
  import_alert_sent: 'What the old CRM had sent to buyers, until the memory of what was sent has it.',
  import_merged:
    'Records whose documents all went to another one, and what was applied of them until then. Holds personal data.',
  import_document_name: 'Other spellings of the ids of documents, by which references may name them.',
  import_address: 'Which documents of contacts give which e-mail address. Holds personal data.',
  import_split: 'Records with documents that were part of another record.',
});

const fieldTimes: Migration = {
  async up(db) {
    // When each value came to be what it is: of documents that are merged, the value that changed last counts.
    await sql`
      alter table ops.import_document
        -- the time of a document, by its own account, when it was first read
        add column since timestamptz,
        -- fields that changed since, with when: {"listPrice": "2026-05-01T12:00:00.000Z"}
        add column field_times json`.execute(db);
    await sql`update ops.import_document set since = coalesce(updated_at, created_at)`.execute(db);
  },
};

export const importMigrations: Migrations = {
  schema: 'ops',
  table: 'import_migrations',
  migrations: {
    '0001-import': first,
    '0002-merged': merged,
    '0003-names': names,
    '0004-consent': consent,
    '0005-last-events': lastEvents,
    '0006-split': split,
    '0007-comments': comments,
    '0008-field-times': fieldTimes,
  },
};

/** Brings the importer's tables in schema `ops` up to date. */
export const migrateImport = async (db: AnyDatabase): Promise<void> => {
  await migrateLeases(db);
  await migrate(db, importMigrations);
};
