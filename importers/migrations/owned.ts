import { type Migration, sql } from 'kysely';

/** Records that openhouse owns: conflicts with the old CRM, write-back, and comparing both sides. */
export const owned: Migration = {
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
        -- accepted, refused, or by itself: withdrawn (the old CRM says what it said before), agreed (both say the same), merged (its
        -- record ended in another one)
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
        -- local: changed here while the old CRM owned its type, so nothing is written; due; written; refused: a person has to look
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
        'Records that were changed in openhouse other than by an import, and whether the change has been written to the old CRM.'`,
      sql`create table ops.write_back_cursor (
        only_row boolean primary key default true check (only_row),
        -- up to which event the records above are complete
        position numeric(20, 0) not null,
        event_id text not null
      )`,
      sql`comment on table ops.write_back_cursor is 'The event up to which changed records have been noted in ops.write_back. One row.'`,
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

export const decisions: Migration = {
  async up(db) {
    for (const statement of [
      // What is being written to the old CRM, by field: if the process dies before it has noted that, this was no one's edit.
      sql`alter table ops.write_back add column intended json`,
      sql`create index legacy_conflict_record on ops.legacy_conflict (aggregate, record_key)`,
    ])
      await statement.execute(db);
  },
};

export const inserts: Migration = {
  async up(db) {
    // The document whose insert was sent, in which version of its row in ops.import_document (see differences/inserts.ts).
    await sql`alter table ops.write_back add column inserting json`.execute(db);
  },
};

export const repairs: Migration = {
  async up(db) {
    for (const statement of [
      sql`create table ops.parity_repair (
        record_type text not null,
        -- counted from 1: the event that records the repair is the so manieth of its type
        repair_number integer not null,
        record_key text not null,
        -- read, correct or write-back
        action text not null,
        primary key (record_type, record_key)
      )`,
      sql`comment on table ops.parity_repair is
        'Records that a repair under way makes equal on both sides, until its event counts them: a repair that was killed is completed by the next one.'`,
    ])
      await statement.execute(db);
  },
};

export const repairsBy: Migration = {
  async up(db) {
    // Who asked for the repair, and why, as its event will say.
    await sql`alter table ops.parity_repair add column context json`.execute(db);
  },
};

export const ownedThen: Migration = {
  async up(db) {
    // The types that openhouse owned at that event; null: an older release noted it.
    await sql`alter table ops.write_back_cursor add column owned text[]`.execute(db);
  },
};

/** Decisions about many conflicts at once. */
export const bulkDecisions: Migration = {
  async up(db) {
    for (const statement of [
      sql`create table ops.conflict_decision (
        decision_id bigint generated always as identity primary key,
        -- accept or refuse
        action text not null,
        -- which conflicts: type, reason, fields
        selection json not null,
        -- who decided, and why
        context json not null,
        asked_at timestamptz not null,
        -- how many conflicts it is about; those that were selected but came or changed after the person had looked; those whose record
        -- does not take the values
        selected integer not null,
        unseen integer not null,
        rejected integer not null default 0,
        finished_at timestamptz
      )`,
      sql`create index conflict_decision_open on ops.conflict_decision (decision_id) where finished_at is null`,
      sql`comment on table ops.conflict_decision is
        'Decisions of people about many conflicts at once. One that was killed is completed by the next one, or by write-back.'`,
      sql`alter table ops.legacy_conflict
        -- edited or deleted: someone did that in the old CRM; mapping: its documents have not changed, and are read differently
        add column reason text not null default 'edited',
        -- the transaction in which one of its sides changed last
        add column changed_in xid8 not null default pg_current_xact_id(),
        -- the decision that it is among
        add column decision_id bigint`,
      sql`create index legacy_conflict_decision on ops.legacy_conflict (decision_id, conflict_id) where decision_id is not null`,
    ])
      await statement.execute(db);
  },
};

export const keptApart: Migration = {
  async up(db) {
    // records that a person keeps as they are without their documents; not among the records compared
    await sql`alter table ops.parity_run add column kept bigint not null default 0`.execute(db);
  },
};

export const decidedFields: Migration = {
  async up(db) {
    for (const statement of [
      // the fields that are accepted of each conflict, and its others are refused; null: all are
      sql`alter table ops.conflict_decision add column accepted_fields text[]`,
      sql`comment on table ops.conflict_decision is
        'Decisions of people about many conflicts at once. One that was killed is completed by the next one, or by openhouse start.'`,
      // Conflicts from before there were reasons all count as edits. A document that is gone, or that no run but a remap has read since
      // before the conflict came up, says what they are.
      sql`update ops.legacy_conflict c set reason = 'deleted'
        where c.resolved_at is null and c.reason = 'edited' and exists (
          select from ops.import_document d
          where d.record_key = c.record_key and d.gone_at is not null and d.collection in ('users', 'contacts', 'properties'))`,
      sql`update ops.legacy_conflict c set reason = 'mapping'
        where c.resolved_at is null and c.reason = 'edited' and (
          select bool_and(r.kind = 'remap' and r.started_at <= c.first_seen_at) from ops.import_document d
            join ops.import_run r on r.import_run_id = d.import_run_id
          where d.record_key = c.record_key and d.import_run_id = (
            select max(l.import_run_id) from ops.import_document l where l.record_key = c.record_key))`,
    ])
      await statement.execute(db);
  },
};

export const openConflictIndexes: Migration = {
  async up(db) {
    for (const statement of [
      // Those that are open, among any number that were decided.
      sql`create index legacy_conflict_waiting on ops.legacy_conflict (conflict_id) where resolved_at is null`,
      sql`create index legacy_conflict_undecided on ops.legacy_conflict (decision_id, conflict_id)
        where decision_id is not null and resolved_at is null`,
    ])
      await statement.execute(db);
  },
};
