import { sql } from 'kysely';
import { agentsWithEmail, agentsWithSlackId, type KnownAgent } from '../queries/agents/agents-of-slack-user.ts';
import type { SlackDeps } from './deps.ts';

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
  const byId = await agentsWithSlackId(db, slackUserId);
  if (byId.length > 0) return byId.length === 1 ? byId[0]! : null;
  const email = await slackApi.emailOf(slackUserId);
  if (email === null) return null;
  const byEmail = await agentsWithEmail(db, email);
  if (byEmail.length !== 1) return null;
  await sql`
    insert into ops.slack_user (slack_user_id, member_key) values (${slackUserId}, ${byEmail[0]!.memberKey})
    on conflict (slack_user_id) do update set member_key = excluded.member_key, found_at = now()`.execute(db);
  return byEmail[0]!;
};
