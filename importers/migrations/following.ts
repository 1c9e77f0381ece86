import { type Migration, sql } from 'kysely';

/** How far following a live MongoDB has come, collection by collection. */
export const following: Migration = {
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

/** Whether a live MongoDB can be followed, and why a collection is left out. */
export const followingSeen: Migration = {
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

/** What each round of following looks for, so that it need not read all of a table. */
export const everyRound: Migration = {
  async up(db) {
    for (const statement of [
      sql`create index quarantine_id_twice on ops.quarantine (collection, legacy_id)
        where code = 'id-twice' and resolved_at is null`,
      sql`create index import_run_stopped on ops.import_run (import_run_id) where stopped is not null and accepted_at is null`,
      sql`create index import_run_running on ops.import_run (import_run_id) where result = 'running'`,
      sql`create index import_run_appended on ops.import_run (import_run_id) where position_to is not null`,
      sql`create index import_original_few on ops.import_original (collection, block) where current < 125`,
      sql`create index import_page_version on ops.import_page (collection, version)`,
    ])
      await statement.execute(db);
  },
};

/** Whether a full pass that was interrupted may be continued. */
export const passes: Migration = {
  async up(db) {
    await sql`
      alter table ops.import_follow
        -- which mapping the full pass under way reads with; null: it began before there was this column, and begins again
        add column pass_mapping_version text,
        -- whether it stopped because too much was quarantined
        add column pass_stopped_yn boolean not null default false`.execute(db);
  },
};

/** Documents in quarantine that the old CRM no longer has leave it like those on file: after two sweeps, unless they are too many. */
export const goneEntries: Migration = {
  async up(db) {
    // how many sweeps in a row did not find it
    await sql`alter table ops.quarantine add column missed_sweeps integer not null default 0`.execute(db);
    await sql`create index quarantine_missed on ops.quarantine (collection) where missed_sweeps > 0`.execute(db);
  },
};

/** A person can keep what the old CRM, or only the mapping, does not have any more. */
export const kept: Migration = {
  async up(db) {
    for (const statement of [
      sql`create table ops.import_kept (
        collection text not null,
        -- as in ops.quarantine; of a document on file, its legacy_id
        document_key text not null,
        kept_at timestamptz not null,
        kept_by text not null,
        because text not null,
        primary key (collection, document_key)
      )`,
      sql`comment on table ops.import_kept is
        'Documents that two sweeps did not find, and that a person decided to keep as they are. One that a sweep finds again is followed again.'`,
      sql`alter table ops.import_follow
        -- a person keeps what waits: the next run of following notes the documents
        add column gone_kept_at timestamptz,
        add column gone_kept_by text,
        add column gone_kept_because text`,
    ])
      await statement.execute(db);
  },
};

/** Which documents left the quarantine because they were no longer found in the old CRM. */
export const leftAsGone: Migration = {
  async up(db) {
    // null: it is still there, or it could be imported
    await sql`alter table ops.quarantine add column gone_at timestamptz`.execute(db);
  },
};

/** Which of its dates have no index: a collection may have the date of the last change at several paths. */
export const notIndexed: Migration = {
  async up(db) {
    await sql`
      alter table ops.import_follow
        drop column indexed_yn,
        -- the paths of the date of the last change with which no index begins; null: not known
        add column not_indexed text[]`.execute(db);
  },
};

/** Who confirmed that the records of documents that are gone are deleted, and why. */
export const deletionsConfirmed: Migration = {
  async up(db) {
    for (const statement of [
      sql`alter table ops.import_follow
        -- with gone_confirmed_at, for the next run of following
        add column gone_confirmed_by text,
        add column gone_confirmed_because text`,
      // with gone_at: by, because and at; null: it went without a person
      sql`alter table ops.import_document add column gone_confirmed json`,
      sql`create index import_document_gone_confirmed on ops.import_document (collection) where gone_confirmed is not null`,
    ])
      await statement.execute(db);
  },
};

/** How late changes come by their own dates. */
export const datedLate: Migration = {
  async up(db) {
    await sql`
      alter table ops.import_follow
        -- how much later than their dates changes came that polls had passed, and until when polls look back that much further
        add column dated_late_ms bigint not null default 0,
        add column dated_late_until timestamptz`.execute(db);
  },
};
