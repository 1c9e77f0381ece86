import type { Kysely } from 'kysely';
import { isActiveAgentRow } from '../../projections/agents/active-agent.ts';
import { typed } from '../../tables/database.ts';

/** An agent whom Slack knows. `timeZone` is `null` when they have none of their own. */
export type KnownAgent = { readonly memberKey: string; readonly name: string; readonly timeZone: string | null };

/** Active agents with this Slack id on their record; at most two, which is enough to see that it is not unique. */
export const agentsWithSlackId = async (db: Kysely<unknown>, slackUserId: string): Promise<readonly KnownAgent[]> =>
  await activeAgents(db).where('slackUserId', '=', slackUserId).execute();

/**
 * Active agents without a Slack id who have this e-mail address, whatever its case; at most two. A record with another Slack id
 * belongs to someone else.
 */
export const agentsWithEmail = async (db: Kysely<unknown>, email: string): Promise<readonly KnownAgent[]> =>
  await activeAgents(db)
    .where(({ eb, fn }) => eb(fn<string>('lower', ['memberEmail']), '=', email.trim().toLowerCase()))
    .where('slackUserId', 'is', null)
    .execute();

const activeAgents = (db: Kysely<unknown>) =>
  typed(db)
    .selectFrom('read.agents')
    .select(({ fn }) => ['memberKey', fn.coalesce('memberFullName', 'memberKey').as('name'), 'timeZone'])
    .where(isActiveAgentRow)
    .orderBy('memberKey')
    .limit(2);

/** How an agent is known to Slack: by the Slack id on their record, or by their e-mail address; `undefined` if there is no such agent. */
export const slackIdentity = async (
  db: Kysely<unknown>,
  memberKey: string,
): Promise<{ readonly slackUserId: string | null; readonly memberEmail: string | null } | undefined> =>
  await typed(db)
    .selectFrom('read.agents')
    .select(['slackUserId', 'memberEmail'])
    .where('memberKey', '=', memberKey)
    .executeTakeFirst();
