import { type RawBuilder, sql } from 'kysely';

/**
 * SQL: the Slack user of `agent`, a row of `read.agents`: the one on record unless Slack does not know it, else the one
 * found by e-mail address; `null` if there is none.
 */
export const slackUserOf: RawBuilder<string | null> = sql<string | null>`coalesce(
  case when not exists (
    select from ops.undeliverable_recipient where channel = 'slack' and recipient = agent.slack_user_id
  ) then agent.slack_user_id end,
  (select slack_user_id from ops.slack_user where slack_user.member_key = agent.member_key
    order by found_at desc limit 1)
)`;
