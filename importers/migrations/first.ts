import { type Migration, sql } from 'kysely';

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

/** What an import works with: its runs, the documents on file, what was applied of them, and the quarantine. */
export const first: Migration = {
  async up(db) {
    for (const statement of [runs, documents, ...others, ...quarantine]) await statement.execute(db);
  },
};
