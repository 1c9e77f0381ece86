import { type Migration, sql } from 'kysely';

/** Quarantined documents are corrected, retried and dismissed; a run can stop because too much was quarantined. */
export const repairs: Migration = {
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

/** The limit of a run also counts what runs that never finished put into quarantine. */
export const newInRun: Migration = {
  async up(db) {
    // null: before there was this column
    await sql`alter table ops.quarantine add column new_in_run bigint`.execute(db);
    await sql`comment on column ops.quarantine.new_in_run is
      'The run that put the document here with its present content.'`.execute(db);
  },
};

/** In older releases, a removed item of a list left its place to the next one, and they count so for as long as they run. */
export const skipsRemoved: Migration = {
  async up(db) {
    await sql`alter table ops.quarantine_edit add column skips_removed_yn boolean not null default true`.execute(db);
    await sql`comment on column ops.quarantine_edit.skips_removed_yn is
      'Whether the places of list items in it do not count items that earlier corrections removed, as in older releases.'`.execute(
      db,
    );
  },
};
