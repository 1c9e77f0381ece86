import { sql, type Transaction } from 'kysely';
import { queueMessages } from '../../delivery/outbox.ts';
import { historyUntil } from '../../eventstore/positions/origin.ts';
import { newsOf } from '../../matching/news.ts';
import { isActiveAgentRow } from '../../projections/agents/active-agent.ts';
import { camelCased } from '../../tables/database.ts';
import { forSale } from '../alerts/digests/find-news.ts';
import { readHomes } from '../alerts/homes.ts';
import { alertModels } from '../alerts/matching/held-records.ts';
import { checkEventStore } from '../check-event-store.ts';
import { defineJob, done, type JobRun } from '../define-job.ts';
import type { StoreDeps } from '../deps.ts';
import { slackUserOf } from '../recipients/slack-user-of.ts';
import { type AgentNews, matchMessages } from './match-message.ts';
import { type AgentMatch, agentsWithMatches, dropOrphans, takeMatches } from './pending.ts';
import { readSentToAgent, rememberSentToAgent } from './sent-homes.ts';

/**
 * Notifies agents in Slack of homes that fit buyers of theirs. The alerts find the matches (`matches-for-agents.ts`) and this
 * job follows them, so that whatever happened to a home in a quarter of an hour is one message. What is news to an agent
 * is the difference between a home as they know it and as it is now, as for buyers. For each agent, one transaction takes
 * the matches, remembers the homes and queues the messages: a crash neither repeats nor loses any.
 *
 * Agents who are not known in Slack are not notified here; they get the daily summary.
 */
export const agentMatches = defineJob({
  name: 'agent-matches',
  label: 'Matches for agents',
  schedule: '0 5-59/15 * * * *',
  timeLimitMs: 5 * 60_000,
  counts: {
    agents: done('agents with matches', 'agent with matches'),
    homes: done('homes that fit their buyers', 'home that fits their buyers'),
    messages: done('messages queued', 'message queued'),
    dropped: done('matches not sent (known already, off the market)', 'match not sent (known already, off the market)'),
    withoutSlack: done('matches of agents who are not in Slack', 'match of an agent who is not in Slack'),
  },
  run: async ({ db, store, clock, signal }: StoreDeps & JobRun) => {
    await checkEventStore(db, store, alertModels);
    const history = await historyUntil(db);
    const counts = { agents: 0, homes: 0, messages: 0, dropped: 0, withoutSlack: 0 };
    await dropOrphans(db);
    for (const memberKey of await agentsWithMatches(db, history)) {
      if (signal.aborted) break;
      const found = await db
        .transaction()
        .execute((transaction) => notifyAgent(transaction, memberKey, history, clock.now()));
      counts.agents++;
      counts.homes += found.homes;
      counts.messages += found.messages;
      counts.dropped += found.dropped;
      counts.withoutSlack += found.withoutSlack;
    }
    return { counts };
  },
});

const notifyAgent = async (transaction: Transaction<unknown>, memberKey: string, history: bigint, now: Date) => {
  const matches = await takeMatches(transaction, memberKey, history);
  const byHome = new Map<string, AgentMatch[]>();
  for (const match of matches) byHome.set(match.listingKey, [...(byHome.get(match.listingKey) ?? []), match]);
  const nothing = { homes: 0, messages: 0, dropped: 0, withoutSlack: 0 };
  const slackUserId = await readSlackUser(transaction, memberKey);
  if (slackUserId === null) return { ...nothing, withoutSlack: byHome.size };
  const listingKeys = [...byHome.keys()];
  const homes = await readHomes(transaction, listingKeys);
  const sent = await readSentToAgent(transaction, memberKey, listingKeys);
  const found = [...byHome].flatMap(([listingKey, buyers]): AgentNews[] => {
    const home = homes.get(listingKey);
    if (home === undefined) return [];
    const known = sent.get(listingKey) ?? null;
    const news = newsOf(known, forSale(home), cameBack(buyers));
    return news === null ? [] : [{ home, news, buyers, position: newest(buyers) }];
  });
  const messages = matchMessages({ memberKey, slackUserId }, found);
  const queued = await queueMessages(transaction, messages);
  const remembered = found.map(({ home }) => ({
    listingKey: home.listingKey,
    known: sent.get(home.listingKey) ?? null,
    home: forSale(home),
  }));
  await rememberSentToAgent(transaction, memberKey, remembered, now);
  return { ...nothing, homes: found.length, messages: queued.length, dropped: byHome.size - found.length };
};

const newest = (matches: readonly AgentMatch[]): string =>
  matches.map(({ position }) => position).reduce((one, other) => (BigInt(one) > BigInt(other) ? one : other));

const cameBack = (matches: readonly AgentMatch[]): boolean =>
  matches.some(({ changeType }) => changeType === 'Back On Market');

/** `null`: they are not with the brokerage any more, or not known in Slack. */
const readSlackUser = async (transaction: Transaction<unknown>, memberKey: string): Promise<string | null> => {
  const { rows } = await sql<{ slackUserId: string | null }>`
    select ${slackUserOf} as slack_user_id from read.agents as agent
    where member_key = ${memberKey} and ${isActiveAgentRow}`.execute(camelCased(transaction));
  return rows[0]?.slackUserId ?? null;
};
