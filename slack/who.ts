import { sql } from 'kysely';
import type { SlackDeps } from './deps.ts';

export type KnownAgent = { readonly memberKey: string; readonly name: string; readonly timeZone: string | null };

/**
 * The agent that a Slack user is: by the Slack id on their record, else by the e-mail address that Slack has of them. Whoever is not
 * with the brokerage any more, or shares an address with another agent, is a stranger.
 *
 * @returns `null` for a stranger @throws when Slack does not answer
 */
export const agentOf = async (
  { db, slackApi }: Pick<SlackDeps, 'db' | 'slackApi'>,
  slackUserId: string,
): Promise<KnownAgent | null> => {
  const byId = await findAgents({ db }, sql`slack_user_id = ${slackUserId}`);
  if (byId.length > 0) return byId.length === 1 ? byId[0]! : null;
  const email = await slackApi.emailOf(slackUserId);
  if (email === null) return null;
  // A record with another Slack id belongs to someone else.
  const byEmail = await findAgents(
    { db },
    sql`lower(member_email) = ${email.trim().toLowerCase()} and slack_user_id is null`,
  );
  if (byEmail.length !== 1) return null;
  await sql`
    insert into ops.slack_user (slack_user_id, member_key) values (${slackUserId}, ${byEmail[0]!.memberKey})
    on conflict (slack_user_id) do update set member_key = excluded.member_key, found_at = now()`.execute(db);
  return byEmail[0]!;
};

const findAgents = async (
  { db }: Pick<SlackDeps, 'db'>,
  which: ReturnType<typeof sql>,
): Promise<readonly KnownAgent[]> => {
  const { rows } = await sql<KnownAgent>`
    select member_key as "memberKey", coalesce(member_full_name, member_key) as name, time_zone as "timeZone"
    from read.agents where ${which} and member_status is distinct from 'Inactive'
    order by member_key limit 2`.execute(db);
  return rows;
};
