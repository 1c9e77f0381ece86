import { type Kysely, type Migration, sql } from 'kysely';
import { tableComments } from '../../platform/database/migrations.ts';

/** What came from Slack, who its users are, and which offers still show buttons. */
export const slackConversations: Migration = {
  async up(db: Kysely<unknown>) {
    // Of an offer: what its message was updated to say. 'ended': the offer is not open any more; 'settled': the lead has a person.
    await sql`alter table ops.outbox add column outcome_shown text check (outcome_shown in ('ended', 'settled'))`.execute(
      db,
    );
    await sql`create index outbox_open_offers on ops.outbox (contact_key)
      where kind = 'lead-offer' and outcome_shown is distinct from 'settled'`.execute(db);
    await sql`
      create table ops.slack_request (
        slack_request_id bigint generated always as identity primary key,
        -- the same press, command or event has the same key, however often Slack (or somebody else) sends it
        request_key text not null unique,
        kind text not null check (kind in ('interaction', 'command')),
        -- as it came; emptied once it is handled
        payload jsonb,
        received_at timestamptz not null,
        claimed_until timestamptz,
        attempts integer not null default 0,
        handled_at timestamptz,
        -- what came of it: 'accepted', 'offer-expired', …
        outcome text
      )`.execute(db);
    await sql`create index slack_request_waiting on ops.slack_request (received_at) where handled_at is null`.execute(
      db,
    );
    await sql`
      create table ops.slack_user (
        slack_user_id text primary key,
        member_key text not null,
        found_at timestamptz not null default now()
      )`.execute(db);
    await sql`
      create table ops.preview_slack_user (
        slack_user_id text primary key,
        email text not null
      )`.execute(db);
    await sql`
      create table ops.preview_slack_answer (
        preview_slack_answer_id bigint generated always as identity primary key,
        -- the press that it answers
        press text not null,
        kind text not null check (kind in ('view', 'answer')),
        body jsonb not null,
        received_at timestamptz not null default now()
      )`.execute(db);
    await sql`create index preview_slack_answer_press on ops.preview_slack_answer (press)`.execute(db);
    await tableComments({
      slack_request:
        'Presses and commands from Slack: kept before they are acknowledged, and handled once. Holds personal data until then.',
      slack_user: 'Slack users whom we know as agents by their e-mail address, because no agent has their Slack id.',
      preview_slack_user:
        'Who the Slack users of the preview are, without a Slack: their e-mail addresses. Personal data.',
      preview_slack_answer:
        'What the preview of Slack was given for a press: a form to show, or an answer. Personal data.',
    }).up(db);
  },
};
