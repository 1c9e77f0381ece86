import { type Kysely, type Migration, sql } from 'kysely';
import { type Migrations, migrate, tableComments } from '../platform/database/migrations.ts';
import { postmarkReports } from './reports/migrations.ts';
import { slackConversations } from './slack/migrations.ts';

/** A kysely without typed tables: this room writes its queries as SQL. */
type AnyDatabase = Parameters<typeof migrate>[0];

const sentMemory: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.sent_memory (
        contact_key text not null,
        listing_key text not null,
        -- when the old CRM sent the home, as it was then
        legacy_sent_at timestamptz,
        -- the newest change that we sent (position in $all)
        told_position bigint,
        saved_search_key text,
        primary key (contact_key, listing_key)
      )`.execute(db);
    await sql`comment on table ops.sent_memory is
      'What each lead was sent about each listing. Not derived from events: never drop it.'`.execute(db);
  },
};

const outbox: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.outbox (
        outbox_id uuid primary key default gen_random_uuid(),
        -- the same message has the same key, so it is queued once
        dedupe_key text not null unique,
        channel text not null check (channel in ('email', 'slack')),
        -- the kind of message: 'alert-digest', 'lead-offer'
        kind text not null,
        contact_key text,
        member_key text,
        recipient text not null,
        -- in Postmark's or Slack's format, without what the sender's configuration adds
        message jsonb not null,
        -- why it is sent and what it is about, for people and as evidence
        context jsonb not null default '{}',
        state text not null default 'pending'
          check (state in ('pending', 'sending', 'sent', 'previewed', 'failed', 'withheld')),
        attempts integer not null default 0,
        next_attempt_at timestamptz not null default now(),
        -- the process that is sending it, and until when it may
        claim uuid,
        claimed_until timestamptz,
        -- an attempt ended without an answer: look it up before sending again
        maybe_sent_yn boolean not null default false,
        provider_message_id text,
        sent_at timestamptz,
        last_error text,
        created_at timestamptz not null default now()
      )`.execute(db);
    await sql`create index outbox_due on ops.outbox (channel, next_attempt_at, outbox_id)
      where state in ('pending', 'sending')`.execute(db);
    await sql`create index outbox_recent on ops.outbox (created_at desc, outbox_id)`.execute(db);
    await sql`create index outbox_contact on ops.outbox (contact_key)`.execute(db);
    await sql`
      create table ops.preview_message (
        message_id text primary key,
        outbox_id text not null,
        channel text not null check (channel in ('email', 'slack')),
        -- the request exactly as the real client sent it
        body jsonb not null,
        received_at timestamptz not null default now()
      )`.execute(db);
    await sql`create index preview_message_outbox on ops.preview_message (outbox_id)`.execute(db);
    await sql`
      create table ops.signing_key (
        purpose text primary key,
        key bytea not null,
        created_at timestamptz not null default now()
      )`.execute(db);
  },
};

const outboxByMember: Migration = {
  async up(db: Kysely<unknown>) {
    // When agents were last made an offer: ties go to the one who has waited longest.
    await sql`create index outbox_member on ops.outbox (member_key, created_at) where member_key is not null`.execute(
      db,
    );
  },
};

const whatWasTold: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table ops.sent_memory
        -- when we last notified the buyer, and the home's state then
        add column told_at timestamptz,
        add column told_status text,
        -- the last price that the buyer knows; null: not known
        add column told_price numeric(14,2)`.execute(db);
    // Older releases only recorded the position of what they sent; the buyer knows the home as it was there.
    await sql`
      do $$ begin
        if to_regclass('read.listing_changes') is not null then
          update ops.sent_memory as memory
          set told_at = change.recorded_at, told_status = change.standard_status, told_price = change.list_price
          from read.listing_changes as change
          where change.listing_key = memory.listing_key and change.position = memory.told_position;
        end if;
      end $$`.execute(db);
    await sql`
      update ops.sent_memory set told_at = now(), told_status = 'Active'
      where told_position is not null and told_status is null`.execute(db);
    await sql`create index sent_memory_listing on ops.sent_memory (listing_key)`.execute(db);
    await sql`comment on table ops.sent_memory is
      'How each buyer knows each home: as it was when last sent to them. Not derived from events: never drop it.'`.execute(
      db,
    );
  },
};

const unknownsAndRefusals: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table ops.outbox drop constraint outbox_state_check,
        add constraint outbox_state_check
          check (state in ('pending', 'sending', 'sent', 'previewed', 'failed', 'unconfirmed', 'withheld')),
        -- for an attempt whose outcome is unknown: when it ended at the latest; how often the provider has said since that
        -- it does not have the message; how often it could not be asked
        add unanswered_at timestamptz,
        add lookups integer not null default 0,
        add failed_lookups integer not null default 0`.execute(db);
    await sql`update ops.outbox set unanswered_at = now() where maybe_sent_yn and state in ('pending', 'sending')`.execute(
      db,
    );
    // The messages that a person has to decide on, and the offers that did not reach their agents.
    await sql`create index outbox_stuck on ops.outbox (state, kind) where state in ('failed', 'unconfirmed')`.execute(
      db,
    );
    await sql`
      create table ops.undeliverable_recipient (
        channel text not null check (channel in ('email', 'slack')),
        -- an e-mail address in lower case; a Slack user or channel
        recipient text not null,
        refusal text not null check (refusal in ('inactive', 'invalid', 'unreachable')),
        -- Postmark's or Slack's answer
        reason text not null,
        outbox_id uuid,
        since timestamptz not null default now(),
        primary key (channel, recipient)
      )`.execute(db);
    await sql`comment on table ops.undeliverable_recipient is
      'Recipients that Postmark or Slack permanently refuse. Nothing more is sent there until a person removes the row (openhouse outbox deliverable).'`.execute(
      db,
    );
    await sql`
      create table ops.delivery_channel (
        channel text primary key check (channel in ('email', 'slack')),
        -- stopped: nothing gets through until a person fixes it (a bad token); retried every minute
        state text not null check (state in ('working', 'stopped')),
        since timestamptz not null default now(),
        error text,
        tried_at timestamptz not null default now()
      )`.execute(db);
  },
};

const contentRejections: Migration = {
  async up(db: Kysely<unknown>) {
    // The provider rejected what the message says, so it would reject the same offer to another agent.
    await sql`alter table ops.outbox add column content_rejected_yn boolean not null default false`.execute(db);
    await sql`create index outbox_content_rejected on ops.outbox (contact_key) where content_rejected_yn`.execute(db);
  },
};

const optOutRequests: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.opt_out_request (
        contact_key text primary key,
        requested_at timestamptz not null,
        -- why it is not an event yet
        last_error text,
        next_attempt_at timestamptz not null default now()
      )`.execute(db);
    await sql`comment on table ops.opt_out_request is
      'Leads who used the link that stops e-mails, until that is recorded as an event; it counts at once.'`.execute(db);
  },
};

/** For the pace of a Slack channel: when it was last sent something. */
const outboxByRecipient: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create index outbox_recipient on ops.outbox (recipient, sent_at) where channel = 'slack'`.execute(db);
  },
};

/** The columns say what was last sent; `told_…` was poor English. */
const sentColumns: Migration = {
  async up(db: Kysely<unknown>) {
    for (const column of ['position', 'at', 'status', 'price']) {
      await sql`alter table ops.sent_memory rename column ${sql.ref(`told_${column}`)} to ${sql.ref(`sent_${column}`)}`.execute(
        db,
      );
    }
  },
};

const optOutsUntilProjected: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table ops.opt_out_request
        -- where in $all it became an event (commit position); it counts until the read models are there
        add column recorded_position bigint`.execute(db);
    await sql`comment on table ops.opt_out_request is
      'Leads who used the link that stops e-mails, until the read models have the event; it counts at once.'`.execute(
      db,
    );
  },
};

const comments = tableComments({
  outbox:
    'Every message to a person or a channel: queued, sent, failed, or waiting for somebody to decide. Holds personal data.',
  preview_message:
    'Messages that would have been sent if a provider were configured, as the console shows them. Holds personal data.',
  signing_key: 'Keys that sign the links in e-mails. Secret.',
  delivery_channel: 'Whether Postmark and Slack accept messages at all; a rejected token stops a channel.',
});

export const deliveryMigrations: Migrations = {
  schema: 'ops',
  table: 'delivery_migrations',
  migrations: {
    '0001-sent-memory': sentMemory,
    '0002-outbox': outbox,
    '0003-outbox-by-member': outboxByMember,
    '0004-what-was-told': whatWasTold,
    '0005-unknowns-and-refusals': unknownsAndRefusals,
    '0006-comments': comments,
    '0007-slack-conversations': slackConversations,
    '0008-content-rejections': contentRejections,
    '0009-opt-out-requests': optOutRequests,
    '0010-outbox-by-recipient': outboxByRecipient,
    '0011-sent-columns': sentColumns,
    '0012-opt-outs-until-projected': optOutsUntilProjected,
    '0013-postmark-reports': postmarkReports,
  },
};

/** Creates or updates the tables of this room (`ops.sent_memory`, …). Safe to call from many processes at once. */
export const migrateDelivery = (db: AnyDatabase): Promise<void> => migrate(db, deliveryMigrations);
