import { type Kysely, type Migration, sql } from 'kysely';
import { type Migrations, migrate, tableComments } from '../platform/database/migrations.ts';
import { migrateLeases } from '../platform/lease/migrations.ts';

type AnyDatabase = Parameters<typeof migrate>[0];

const jobs: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.job_run (
        job_run_id bigint generated always as identity primary key,
        job text not null,
        -- the slot it ran for, or the moment when somebody asked for it
        scheduled_for timestamptz not null,
        -- 'schedule', or 'person' if somebody asked for it
        trigger text not null,
        started_at timestamptz not null default clock_timestamp(),
        finished_at timestamptz,
        result text not null default 'running' check (result in ('running', 'succeeded', 'failed')),
        counts jsonb not null default '{}',
        error text,
        lease_token bigint not null,
        unique (job, scheduled_for)
      )`.execute(db);
    await sql`create index job_run_recent on ops.job_run (job, scheduled_for desc)`.execute(db);
    await sql`
      create table ops.job_lease (
        job text primary key,
        holder text not null,
        -- increases with every holder, so that an older one can be rejected
        token bigint not null,
        expires_at timestamptz not null
      )`.execute(db);
  },
};

const alerts: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.alert_cursor (
        -- changes up to this position in $all were matched against every saved search
        only_row boolean primary key default true check (only_row),
        position bigint not null,
        moved_at timestamptz not null default clock_timestamp()
      )`.execute(db);
    await sql`
      create table ops.alert_pending (
        contact_key text not null,
        saved_search_key text not null,
        listing_key text not null,
        -- the newest change that matched; waits until the search is due
        change_position bigint not null,
        matched_at timestamptz not null default clock_timestamp(),
        primary key (contact_key, saved_search_key, listing_key)
      )`.execute(db);
    await sql`
      create table ops.alert_search (
        saved_search_key text primary key,
        -- when its buyer was last notified, for daily and weekly searches
        last_told_at timestamptz not null
      )`.execute(db);
  },
};

const reports: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table ops.job_run add column report jsonb`.execute(db);
    await sql`comment on column ops.job_run.report is
      'What a person should know beside the counts, e.g. the leads for which no agent was found, and why.'`.execute(db);
  },
};

const heldRecords: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.alert_held_record (
        -- a listing, a saved search or a lead with parked events: alerts leave it out until that is fixed
        stream_name text primary key,
        -- changes after this one were left out, and will be looked at again
        after_position bigint not null,
        -- none of its events is parked any longer
        mended boolean not null default false
      )`.execute(db);
  },
};

/** One lease for everything that only one process at a time may do (see platform/lease). */
const oneLease: Migration = {
  async up(db: Kysely<unknown>) {
    // Tokens must keep increasing, because they show which runs an earlier process left open.
    await sql`
      insert into ops.lease (name, token) select 'job/' || job, token from ops.job_lease
      on conflict (name) do update set token = greatest(lease.token, excluded.token)`.execute(db);
    await sql`drop table ops.job_lease`.execute(db);
  },
};

const cursorEvent: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table ops.alert_cursor
        -- the last event that was looked at: shows whether the position is still of the same event store
        add column event_id text,
        add column event_position bigint`.execute(db);
  },
};

/** Whether a run did nothing, by the definitions of its counts (define-job.ts); such runs are removed after a day. */
const idleRuns: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table ops.job_run add column idle_yn boolean not null default false`.execute(db);
    await sql`
      update ops.job_run set idle_yn = true
      where result = 'succeeded' and not exists (
        select from jsonb_each(counts) as count (name, value)
        where name <> all (array['waiting', 'held', 'onHold', 'history', 'leads', 'nobodyFits']) and value <> '0'
      )`.execute(db);
    await sql`comment on column ops.job_run.idle_yn is
      'The run succeeded and did nothing: clean-up removes it after a day.'`.execute(db);
  },
};

/** A job that keeps failing in the same way has one row, and not one for every few seconds. */
const repeatedFailures: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table ops.job_run
        add column failures integer not null default 0,
        add column failing_since timestamptz`.execute(db);
    await sql`update ops.job_run set failures = 1, failing_since = started_at where result = 'failed'`.execute(db);
    await sql`comment on column ops.job_run.failures is
      'How many scheduled runs in a row failed in this way; the row is that of the newest.'`.execute(db);
    await sql`comment on column ops.job_run.failing_since is 'When the first of them started.'`.execute(db);
  },
};

/** What routing leads remembers between two passes, besides the events. */
const leadRouting: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.agent_share (
        member_key text primary key,
        -- leads the agent is owed; below 0: has had more than their share (matching/fairness.ts)
        deficit double precision not null,
        last_offered_at timestamptz
      )`.execute(db);
    await sql`
      create table ops.agent_share_cursor (
        only_row boolean primary key default true check (only_row),
        position bigint not null
      )`.execute(db);
    await sql`
      create table ops.lead_notice_cursor (
        only_row boolean primary key default true check (only_row),
        position bigint not null
      )`.execute(db);
    for (const [table, comment] of Object.entries({
      agent_share: 'How many leads each agent is owed, and when they last got an offer. Follows from the events.',
      agent_share_cursor: 'Up to which position the offers are counted in ops.agent_share. One row.',
      lead_notice_cursor: 'Up to which position agents were notified of what happened to their leads. One row.',
    })) {
      await sql`comment on table ${sql.table(`ops.${table}`)} is ${sql.lit(comment)}`.execute(db);
    }
  },
};

/** What agents are notified of about homes for their buyers. */
const agentMatches: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.agent_match_pending (
        contact_key text not null,
        listing_key text not null,
        -- the newest change that fits
        change_position bigint not null,
        matched_at timestamptz not null,
        primary key (contact_key, listing_key)
      )`.execute(db);
    await sql`
      create table ops.agent_match_told (
        member_key text not null,
        listing_key text not null,
        -- the home as the agent knows it; news is the difference (matching/news.ts)
        told_status text not null,
        told_price numeric,
        told_at timestamptz not null,
        primary key (member_key, listing_key)
      )`.execute(db);
    await sql`
      create table ops.agent_summary_item (
        -- an e-mail to a buyer that the daily summary of the buyer's agent has covered
        outbox_id uuid primary key,
        member_key text not null,
        summarised_at timestamptz not null default clock_timestamp()
      )`.execute(db);
    for (const [table, comment] of Object.entries({
      agent_match_pending: 'Changed homes that fit buyers, until the buyers’ agents are notified.',
      agent_match_told: 'Homes of which agents were notified for their buyers, as they then were.',
      agent_summary_item: 'E-mails to buyers that were in a daily summary to their agent.',
    })) {
      await sql`comment on table ${sql.table(`ops.${table}`)} is ${sql.lit(comment)}`.execute(db);
    }
  },
};

const plainNames: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table ops.alert_search rename column last_told_at to last_sent_at`.execute(db);
    await sql`alter table ops.alert_held_record rename column mended to fixed`.execute(db);
    await sql`alter table ops.agent_match_told rename to agent_match_sent`.execute(db);
    await sql`alter table ops.agent_match_sent rename constraint agent_match_told_pkey to agent_match_sent_pkey`.execute(
      db,
    );
    for (const column of ['status', 'price', 'at']) {
      await sql`alter table ops.agent_match_sent rename column ${sql.ref(`told_${column}`)} to ${sql.ref(`sent_${column}`)}`.execute(
        db,
      );
    }
  },
};

/** An e-mail is in another summary when its buyer opens or clicks it later, or it bounces. */
const summarisedFates: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table ops.agent_summary_item
        -- as the newest summary with this e-mail gave it
        add column opens integer not null default 0,
        add column clicks integer not null default 0,
        -- it bounced, was marked as spam, or the buyer unsubscribed
        add column unwelcome_yn boolean not null default false`.execute(db);
  },
};

/** A run that ends because someone stops its process has not failed. */
const interruptedRuns: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table ops.job_run drop constraint job_run_result_check,
        add constraint job_run_result_check check (result in ('running', 'succeeded', 'failed', 'interrupted'))`.execute(
      db,
    );
  },
};

const comments = tableComments({
  job_run: 'Each run of a job: when and why it ran, how it ended, and what it did.',
  alert_cursor: 'The position up to which changes of listings have been matched against the saved searches. One row.',
  alert_pending: 'Matches that wait until their saved search is due.',
  alert_search: 'When the buyer of each daily or weekly search was last notified.',
  alert_held_record: 'Records with parked events, which alerts leave out until that is fixed.',
});

export const schedulerMigrations: Migrations = {
  schema: 'ops',
  table: 'scheduler_migrations',
  migrations: {
    '0001-jobs': jobs,
    '0002-alerts': alerts,
    '0003-reports': reports,
    '0004-held-records': heldRecords,
    '0005-one-lease': oneLease,
    '0006-cursor-event': cursorEvent,
    '0007-idle-runs': idleRuns,
    '0008-repeated-failures': repeatedFailures,
    '0009-comments': comments,
    '0010-lead-routing': leadRouting,
    '0011-agent-matches': agentMatches,
    '0012-plain-names': plainNames,
    '0013-summarised-fates': summarisedFates,
    '0014-interrupted-runs': interruptedRuns,
  },
};

/** Creates or updates the tables of this room (`ops.job_run`, …). Safe to call from many processes at once. */
export const migrateSchedulers = async (db: AnyDatabase): Promise<void> => {
  await migrateLeases(db);
  await migrate(db, schedulerMigrations);
};
