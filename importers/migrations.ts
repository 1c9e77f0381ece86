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
    -- 'running' without finished_at while no process works on it: that process was killed
    result text not null default 'running' check (result in ('running', 'succeeded', 'failed', 'interrupted')),
    events bigint not null default 0,
    -- per collection: read, applied, unchanged, merged, quarantined, skipped, …
    counts jsonb not null default '{}',
    -- files that could not be read to the end, and the error that ended the run
    problems jsonb not null default '[]',
    -- commit positions in $all: the events of this run are after the first and up to the second
    position_from numeric(20, 0),
    position_to numeric(20, 0)
  )`;

const documents = sql`
  create table ops.import_document (
    collection text not null,
    legacy_id text not null,
    content_hash text not null,
    -- its former contents: if it returns to one of these and has no date, the dump is older
    past_hashes text[] not null default '{}',
    -- grows with each edit: an edited activity counts as a new one
    version integer not null default 1,
    created_at timestamptz,
    updated_at timestamptz,
    -- the document in our terms, but with the old CRM's references
    payload json not null,
    identities text[] not null default '{}',
    -- merged into the record of another document
    merged boolean not null default false,
    opt_out boolean not null default false,
    -- the record that its events go to; null until the lead (and the agent) that it is about is known
    record_key text,
    contact_ref text,
    agent_ref text,
    contact_key text,
    -- its references that point nowhere
    unresolved text[],
    -- what could not be understood: field and code
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
  // Records whose documents have changed since they were last applied, so that a killed import can be continued.
  sql`create table ops.import_pending (
    aggregate text not null,
    record_key text not null,
    -- left by an earlier run, which may already have appended its events
    suspect boolean not null default false,
    primary key (aggregate, record_key)
  )`,
  // What was last applied of each record, so that a later document only commands what has changed.
  sql`create table ops.import_record (
    aggregate text not null,
    record_key text not null,
    revision bigint not null,
    applied json not null,
    updated_at timestamptz,
    primary key (aggregate, record_key)
  )`,
  // People who opted out in a document that became no record, or was older than the one on file.
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
    -- whether it is in the memory of what was sent: only once its search and its listing are known
    remembered boolean not null default false
  )`,
  sql`create index import_alert_sent_waiting on ops.import_alert_sent (alert_seq) where not remembered`,
];

const quarantine = [
  sql`create table ops.quarantine (
    quarantine_id bigint generated always as identity primary key,
    collection text not null,
    -- the legacy ID; for a document without one, a hash of its content
    document_key text not null,
    legacy_id text,
    -- the file and the byte offset where it was last seen
    place text not null,
    code text not null,
    path text not null,
    reason text not null,
    -- the whole document as canonical Extended JSON; json rather than jsonb, which cannot hold every BSON text
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
        -- a record whose documents all went to another record, where it ends
        record_key text not null,
        into_key text not null,
        primary key (aggregate, record_key)
      )`.execute(db);
    await sql`create index import_merged_into on ops.import_merged (aggregate, into_key)`.execute(db);
  },
};

const names: Migration = {
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

const consent: Migration = {
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

const lastEvents: Migration = {
  async up(db) {
    // Shows whether the event store is still the one that was imported into.
    await sql`alter table ops.import_run add column last_event_id text`.execute(db);
  },
};

const split: Migration = {
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

const comments = tableComments({
  import_run: 'Each import: its source, how it ended, and its counts.',
  import_document: 'Every document of the old CRM as it was last read, normalised. Holds personal data.',
  import_identity:
    'What shows that two documents are about the same thing: MLS numbers, e-mail addresses, phone numbers. Holds personal data.',
  import_pending: 'Records whose documents have changed since they were last applied.',
  import_record:
    'What was last applied of each record, so that only changes are applied next time. Holds personal data.',
  import_alert_sent: 'What the old CRM sent to buyers, until it is in the memory of what was sent.',
  import_merged:
    'Records whose documents all went to another record, and what was applied of them until then. Holds personal data.',
  import_document_name: 'Other spellings of document IDs that references may use.',
  import_address: 'The e-mail addresses in each document of contacts. Holds personal data.',
  import_split: 'Records with documents that were part of another record.',
});

const fieldTimes: Migration = {
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

const readers: Migration = {
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

const mappings: Migration = {
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

const following: Migration = {
  async up(db) {
    for (const statement of [
      sql`create table ops.import_follow (
        -- the server and database, without user and password
        source text not null,
        collection text not null,
        -- the full pass: when it began by the server's clock, the last _id that is staged, when it was completed
        pass_started_at timestamptz,
        pass_after text,
        passed_at timestamptz,
        -- polling: changes up to here (by the documents' own dates) are read
        cursor_at timestamptz,
        polled_at timestamptz,
        newest_change_at timestamptz,
        -- since when something is read and not applied
        waiting_since timestamptz,
        indexed_yn boolean,
        -- the sweep: all documents in the order of their _ids, compared by hash
        sweep_started_at timestamptz,
        sweep_after text,
        swept_at timestamptz,
        documents bigint,
        undated bigint not null default 0,
        dated_ahead bigint not null default 0,
        -- documents that are gone, more than may be deleted without a person
        gone_waiting bigint not null default 0,
        gone_confirmed_at timestamptz,
        primary key (source, collection)
      )`,
      sql`comment on table ops.import_follow is
        'How far each collection of a live MongoDB has been read.'`,
      sql`alter table ops.import_document
        -- how many sweeps in a row did not find it
        add column missed_sweeps integer not null default 0,
        -- when its deletion was applied
        add column gone_at timestamptz`,
      sql`create index import_document_missed on ops.import_document (collection) where missed_sweeps > 0`,
    ]) {
      await statement.execute(db);
    }
  },
};

const splitsByHand: Migration = {
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

const repairs: Migration = {
  async up(db) {
    for (const statement of [
      sql`alter table ops.quarantine
        -- the run that last put it here
        add column import_run_id bigint,
        -- how often the present content was tried
        add column attempts integer not null default 1,
        -- its record was refused when it was applied: raw is then the document in our terms
        add column refused_yn boolean not null default false,
        -- hidden until the document changes
        add column dismissed_at timestamptz,
        add column dismissed_by text,
        add column dismissed_because text`,
      // Codes of refusals are those of deciders and of the event store; what staging sets aside has other codes.
      sql`update ops.quarantine q set refused_yn = true
        where resolved_at is null and exists (
          select from ops.import_document d join ops.import_pending p on p.record_key = d.record_key
          where d.collection = q.collection and d.legacy_id = q.document_key and d.content_hash = q.content_hash)`,
      sql`create index quarantine_refused on ops.quarantine (collection, document_key)
        where refused_yn and resolved_at is null`,
      sql`create table ops.quarantine_edit (
        edit_id bigint generated always as identity primary key,
        quarantine_id bigint not null,
        collection text not null,
        -- its key in ops.quarantine
        document_key text not null,
        -- of the corrected document
        legacy_id text,
        -- the version of the document that it corrects: another one is read as it is
        content_hash text not null,
        -- [{"path": "email", "value": "ana@example.com"}, {"path": "phone", "unset": true}]
        changes json not null,
        edited_by text not null,
        because text not null,
        edited_at timestamptz not null,
        -- when its events were appended
        applied_at timestamptz,
        -- when another version of the document, or another correction, took its place
        dropped_at timestamptz
      )`,
      sql`create index quarantine_edit_active on ops.quarantine_edit (collection, content_hash) where dropped_at is null`,
      sql`create index quarantine_edit_unapplied on ops.quarantine_edit (collection, legacy_id)
        where applied_at is null and dropped_at is null`,
      sql`create index quarantine_edit_entry on ops.quarantine_edit (quarantine_id)`,
      sql`comment on table ops.quarantine_edit is
        'Corrections of quarantined documents by people: what, who, and why. Holds personal data.'`,
      sql`alter table ops.import_run
        -- import, split, retry, edit or remap
        add column kind text not null default 'import',
        -- if it stopped because too much was in quarantine: how much of which collections
        add column stopped jsonb,
        add column accepted_at timestamptz,
        add column accepted_by text`,
      sql`update ops.import_run set kind = 'split' where source = 'a split by hand'`,
      sql`create table ops.import_mapping (
        mapping_version text primary key,
        name text not null,
        -- all that it says
        file json not null,
        -- whether it came with openhouse
        shipped_yn boolean not null,
        first_used_at timestamptz not null
      )`,
      sql`comment on table ops.import_mapping is
        'Every mapping that documents were read with, so that they can be read again without its file.'`,
    ])
      await statement.execute(db);
  },
};

const followingSeen: Migration = {
  async up(db) {
    for (const statement of [
      sql`create table ops.import_follow_source (
        -- the server and database, without user and password
        source text primary key,
        -- the latest run of following, and the latest that succeeded
        attempted_at timestamptz not null,
        followed_at timestamptz,
        -- why it fails
        failing_since timestamptz,
        error_code text,
        error text,
        hint text
      )`,
      sql`comment on table ops.import_follow_source is
        'Live databases of the old CRM: whether they can be followed, and if not, why and since when.'`,
      sql`alter table ops.import_follow
        -- why this collection is left out
        add column problem text,
        -- all contents compared, which takes longer than a sweep
        add column compared_at timestamptz`,
    ])
      await statement.execute(db);
  },
};

const owned: Migration = {
  async up(db) {
    for (const statement of [
      sql`create table ops.legacy_conflict (
        conflict_id bigint generated always as identity primary key,
        aggregate text not null,
        record_key text not null,
        -- the document that changed last: collection/id
        document text not null,
        -- by field: what the old CRM said before, what it says now, and what openhouse says
        fields json not null,
        first_seen_at timestamptz not null,
        last_seen_at timestamptz not null,
        resolved_at timestamptz,
        -- accepted, refused, or by itself: withdrawn (the old CRM says what it said before), agreed (both say the same)
        resolution text,
        resolved_by text,
        because text
      )`,
      sql`create unique index legacy_conflict_open on ops.legacy_conflict (aggregate, record_key) where resolved_at is null`,
      sql`comment on table ops.legacy_conflict is
        'Edits in the old CRM of records that openhouse owns, for a person to accept or refuse. Holds personal data.'`,
      sql`create table ops.write_back (
        aggregate text not null,
        record_key text not null,
        -- local: changed here while the old CRM owns its type, so nothing is written; due; written; refused: a person has to look
        state text not null check (state in ('local', 'due', 'written', 'refused')),
        due_since timestamptz not null,
        attempts integer not null default 0,
        next_attempt_at timestamptz not null,
        code text,
        reason text,
        written_at timestamptz,
        primary key (aggregate, record_key)
      )`,
      sql`create index write_back_due on ops.write_back (next_attempt_at) where state = 'due'`,
      sql`comment on table ops.write_back is
        'Records that were changed here and not by an import, and whether the old CRM has been given that.'`,
      sql`create table ops.write_back_cursor (
        only_row boolean primary key default true check (only_row),
        -- up to which event the records above are complete
        position numeric(20, 0) not null,
        event_id text not null
      )`,
      sql`comment on table ops.write_back_cursor is 'Up to which event it is known which records were changed here.'`,
      sql`create table ops.parity_run (
        parity_run_id bigint generated always as identity primary key,
        record_type text not null,
        started_at timestamptz not null,
        finished_at timestamptz not null,
        -- documents read, records compared, and how many of them are the same, differ, or are only on one side
        documents bigint not null,
        records bigint not null,
        same bigint not null,
        differing bigint not null,
        only_legacy bigint not null,
        only_openhouse bigint not null,
        -- by bucket: records and checksums on both sides
        buckets json not null
      )`,
      sql`create index parity_run_type on ops.parity_run (record_type, parity_run_id)`,
      sql`comment on table ops.parity_run is 'Comparisons of all records with the documents of the old CRM.'`,
    ])
      await statement.execute(db);
  },
};

const severalSplits: Migration = {
  async up(db) {
    // One record can take documents of several others.
    await sql`
      alter table ops.import_split drop constraint import_split_pkey, add primary key (aggregate, record_key, from_key)`.execute(
      db,
    );
  },
};

const capturedLeads: Migration = {
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

const originals: Migration = {
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
    '0009-readers': readers,
    '0010-mappings': mappings,
    '0011-following': following,
    '0012-splits-by-hand': splitsByHand,
    '0013-repairs': repairs,
    '0014-following-seen': followingSeen,
    '0015-owned': owned,
    '0016-several-splits': severalSplits,
    '0017-captured-leads': capturedLeads,
    '0018-originals': originals,
  },
};

/** Brings the importer's tables in schema `ops` up to date. */
export const migrateImport = async (db: AnyDatabase): Promise<void> => {
  await migrateLeases(db);
  await migrate(db, importMigrations);
};
