import { z } from 'zod';
import type { SlackAnswer } from '../slack/build-answer.ts';
import type { SlackView } from '../slack/build-view.ts';
import { type SlackSettings, slackClient } from './slack-client.ts';
import { slackSaysNo } from './slack-errors.ts';

/** What is asked of Slack while a person waits; everything else goes through the outbox. */
export type SlackApi = {
  /** Shows a form to the person who pressed, within 3 s of the press. @throws when Slack rejects it */
  openView(triggerId: string, view: SlackView): Promise<void>;
  /** Answers the person who pressed or wrote. @throws when Slack rejects it, or the address is not one of Slack's */
  answer(responseUrl: string, answer: SlackAnswer): Promise<void>;
  /** The e-mail address of a Slack user; `null` when they have none, or Slack does not say. @throws when it does not answer */
  emailOf(slackUserId: string): Promise<string | null>;
};

/** No one waits longer, and the trigger of a form is not valid for longer. */
const timeoutMs = 3_000;

export const slackApi = (settings: Pick<SlackSettings, 'botToken' | 'apiUrl'>): SlackApi => {
  const client = slackClient(settings, timeoutMs);
  return {
    async openView(triggerId, view) {
      await client.views.open({ trigger_id: triggerId, view: view as never });
    },
    async answer(responseUrl, answer) {
      if (!isSlacks(responseUrl, settings.apiUrl)) throw new Error('the response_url is not an address of Slack');
      const response = await fetch(responseUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(answer),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`Slack refused the answer (HTTP ${response.status})`);
    },
    async emailOf(slackUserId) {
      try {
        const found: unknown = await client.users.info({ user: slackUserId });
        const { user } = userSchema.parse(found);
        return user.deleted || user.is_bot ? null : (user.profile?.email ?? null);
      } catch (error) {
        // There is no such user, or the app may not ask: then no one knows who it is. An answer that is not Slack’s proves nothing.
        if (slackSaysNo(error)) return null;
        throw error;
      }
    },
  };
};

const userSchema = z.looseObject({
  user: z.looseObject({
    deleted: z.boolean().nullish(),
    is_bot: z.boolean().nullish(),
    profile: z.looseObject({ email: z.string().nullish() }).nullish(),
  }),
});

/** Slack's own addresses, or those of the server that speaks in its place (`SLACK_API_URL`, the preview). */
const isSlacks = (address: string, apiUrl: string): boolean => {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  const own = new URL(apiUrl);
  if (!/(^|\.)slack(-gov)?\.com$/.test(own.hostname)) return hostname === own.hostname;
  return protocol === 'https:' && /(^|\.)slack(-gov)?\.com$/.test(hostname);
};
