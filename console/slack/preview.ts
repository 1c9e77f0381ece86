import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { addPreviewUser } from '../../delivery/preview/slack-answers.ts';
import { slackIdentity } from '../../queries/agents/agents-of-slack-user.ts';
import { outcomeOf, updatesWait } from '../../queries/messages/slack-requests.ts';
import { type Form, type Press, requestKey } from '../../slack/payload.ts';
import { slackSignature } from '../../slack/signature.ts';

/** Presses buttons as Slack would, where there is no Slack: it signs the same payloads and posts them to the same endpoints. */
export type SlackPreview = {
  /** Where the endpoints are, without a trailing `/`. */
  readonly endpointsUrl: string;
  readonly signingSecret: string;
  /** Where the answer to a press goes. */
  readonly answerUrl: (press: string) => string;
};

/** How long a person may wait for the outcome of a press. */
const patienceMs = 5_000;

/** A press that has not been made yet. */
export const newPress = (): string => `preview-${randomUUID()}`;

/**
 * Posts a payload to /slack/interactions and waits until it is handled, and what it changed is sent.
 *
 * @returns whether it was handled in time
 */
export const post = async (
  db: Kysely<unknown>,
  { endpointsUrl, signingSecret }: SlackPreview,
  payload: Press | Form,
): Promise<boolean> => {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const response = await fetch(`${endpointsUrl}/slack/interactions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': slackSignature(signingSecret, timestamp, body),
    },
    body,
    signal: AbortSignal.timeout(patienceMs),
  });
  if (!response.ok) throw new Error(`the endpoint refused the press (HTTP ${response.status})`);
  const key = requestKey('interaction', payload, Buffer.from(body));
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    if ((await outcomeOf(db, key)) !== null && !(await updatesWait(db))) return true;
    await sleep(50);
  }
  return (await outcomeOf(db, key)) !== null;
};

/** The Slack user that an agent is in the preview; one without a Slack id is known by their e-mail address. */
export const previewUserOf = async (db: Kysely<unknown>, memberKey: string): Promise<string | null> => {
  const agent = await slackIdentity(db, memberKey);
  if (agent === undefined) return null;
  if (agent.slackUserId !== null) return agent.slackUserId;
  if (agent.memberEmail === null) return null;
  const id = `U${createHash('sha256').update(memberKey).digest('hex').slice(0, 10).toUpperCase()}`;
  await addPreviewUser(db, id, agent.memberEmail);
  return id;
};
