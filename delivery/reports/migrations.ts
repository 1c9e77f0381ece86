import { type Kysely, type Migration, sql } from 'kysely';
import { tableComments } from '../../platform/database/migrations.ts';

/** What Postmark reports about e-mails after it has accepted them. */
export const postmarkReports: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.postmark_report (
        postmark_report_id bigint generated always as identity primary key,
        -- the same report has the same key, however often Postmark sends it
        report_key text not null unique,
        -- 'Delivery', 'Bounce', …; null if the request had none
        record_type text,
        -- as it came; emptied once it is handled, unless it could not be understood
        payload jsonb,
        received_at timestamptz not null default clock_timestamp(),
        attempts integer not null default 0,
        next_attempt_at timestamptz not null default clock_timestamp(),
        last_error text,
        handled_at timestamptz,
        -- what came of it: 'recorded', 'other-message', 'not-understood', …
        result text,
        -- the message that it is about
        outbox_id uuid
      )`.execute(db);
    await sql`create index postmark_report_waiting on ops.postmark_report (next_attempt_at) where handled_at is null`.execute(
      db,
    );
    await sql`create index postmark_report_received on ops.postmark_report (received_at desc)`.execute(db);
    await sql`create index outbox_provider_message on ops.outbox (provider_message_id) where channel = 'email'`.execute(
      db,
    );
    await sql`
      create table ops.email_fate (
        outbox_id uuid primary key,
        delivered_at timestamptz,
        -- the first time; counted only for e-mails that are tracked
        opened_at timestamptz,
        opens integer not null default 0,
        clicked_at timestamptz,
        clicks integer not null default 0,
        -- the homes that were clicked
        clicked_listing_keys text[] not null default '{}',
        bounced_at timestamptz,
        -- Postmark's: 'HardBounce', 'SoftBounce', …
        bounce_type text,
        complained_at timestamptz,
        unsubscribed_at timestamptz
      )`.execute(db);
    await sql`
      create table ops.reactivated_address (
        recipient text primary key,
        reactivated_at timestamptz not null
      )`.execute(db);
    // Why somebody is to get no more e-mail: the link, or what Postmark reported.
    await sql`alter table ops.opt_out_request add column cause text not null default 'unsubscribe-link'
      check (cause in ('unsubscribe-link', 'spam-complaint', 'unsubscribed-at-postmark'))`.execute(db);
    await tableComments({
      postmark_report:
        'What Postmark reported about e-mails: kept before it is acknowledged, and applied once. Holds personal data until then.',
      email_fate:
        'What became of each e-mail after Postmark accepted it: delivered, opened, clicked, bounced. Opens and clicks are removed after 90 days.',
      reactivated_address:
        'Addresses that were reactivated at Postmark lately, so that an older report that comes late does not block them again. Personal data.',
      opt_out_request: 'Leads who asked for no more e-mail, until the read models have the event; it counts at once.',
    }).up(db);
  },
};
