import { z } from 'zod';
import type { Claimed } from '../claims.ts';
import type { Outcome } from '../outcome.ts';
import type { SlackMessage } from '../slack/build-message.ts';
import { type SlackSettings, slackClient } from './slack-client.ts';
import { outcomeOfFailure, slackCode, unreachable } from './slack-errors.ts';

export type { SlackSettings } from './slack-client.ts';

export type SlackSender = {
  send(message: Claimed<SlackMessage>): Promise<Outcome>;
  /**
   * Slack's ID of a message that it accepted (`channel/ts`), or `null`. @throws if it gives no answer, or does not
   * permit the look-up
   */
  find(message: Claimed<SlackMessage>): Promise<string | null>;
};

/** The metadata name by which we find a message again, since Slack has no idempotency key for bots. */
const metadataName = 'outbox_id';

/** How far our clock may be ahead of Slack's, which the history of a conversation uses. */
const clockMarginMs = 3_600_000;

/** A conversation that says without end that there is more must not hold up everything else. */
const longestLookMs = 60_000;

export const slackSender = ({ botToken, channel, apiUrl }: SlackSettings): SlackSender => {
  const client = slackClient({ botToken, apiUrl }, 10_000);
  /** A message to a user is in the conversation with that user. */
  const conversationOf = async (target: string): Promise<string> => {
    if (!/^[UW]/.test(target)) return target;
    const opened: unknown = await client.conversations.open({ users: target });
    return understood(openedSchema, opened).channel.id;
  };
  /** Whether the token works; `account_inactive` can refer to the token or to a recipient. */
  const tokenWorks = async (): Promise<boolean> =>
    client.auth.test().then(
      ({ ok }) => ok,
      () => false,
    );
  /** Doing it again changes nothing, so an update that was not answered need not be looked up. */
  const update = async (
    { text, blocks }: SlackMessage,
    { channel: conversation, ts }: NonNullable<SlackMessage['replaces']>,
  ): Promise<Outcome> => {
    try {
      const updated: unknown = await client.chat.update({
        channel: conversation,
        ts,
        text,
        blocks: [...blocks] as never,
        parse: 'none',
        link_names: false,
      });
      understood(okSchema, updated);
      return { kind: 'sent', providerMessageId: `${conversation}/${ts}` };
    } catch (error) {
      const outcome = outcomeOfFailure(error);
      if (outcome.kind === 'rejected') return { kind: 'rejected', reason: outcome.reason };
      return outcome.kind === 'retry' ? { ...outcome, maybeSent: false } : outcome;
    }
  };
  return {
    async send({ outboxId, kind, message }) {
      if (message.replaces !== undefined) return await update(message, message.replaces);
      try {
        const { metadata } = message;
        const sent: unknown = await client.chat.postMessage({
          channel: message.channel ?? channel,
          text: message.text,
          blocks: [...message.blocks] as never,
          parse: 'none',
          link_names: false,
          unfurl_links: false,
          unfurl_media: false,
          metadata: {
            event_type: metadata?.event_type ?? kind,
            event_payload: { ...metadata?.event_payload, [metadataName]: outboxId },
          },
        });
        const { channel: conversation, ts } = understood(postedSchema, sent);
        return { kind: 'sent', providerMessageId: `${conversation}/${ts}` };
      } catch (error) {
        const gone = slackCode(error) === 'account_inactive' && (await tokenWorks());
        const outcome = gone ? unreachable('account_inactive') : outcomeOfFailure(error);
        // The configured channel is not a recipient, so a rejection is not about a recipient.
        return message.channel === null && outcome.kind === 'rejected' && outcome.refused === 'unreachable'
          ? { kind: 'blocked', reason: `${outcome.reason} (for the channel ${channel})`, afterMs: 60_000 }
          : outcome;
      }
    },
    async find({ outboxId, message, createdAt }) {
      if (message.replaces !== undefined) return null;
      const conversation = await conversationOf(message.channel ?? channel);
      let cursor: string | undefined;
      const givesUpAt = performance.now() + longestLookMs;
      do {
        if (performance.now() > givesUpAt) throw new Error('reading the conversation takes too long');
        const answer: unknown = await client.conversations.history({
          channel: conversation,
          oldest: String((createdAt.getTime() - clockMarginMs) / 1000),
          include_all_metadata: true,
          limit: 200,
          ...(cursor === undefined ? {} : { cursor }),
        });
        const page = understood(historySchema, answer);
        const found = page.messages.find((one) => one.metadata?.event_payload?.[metadataName] === outboxId);
        if (found !== undefined) return `${conversation}/${found.ts}`;
        const next = page.response_metadata?.next_cursor || undefined;
        if ((page.has_more && next === undefined) || (next !== undefined && next === cursor))
          throw new Error('Slack’s answer is not the whole conversation');
        cursor = next;
      } while (cursor !== undefined);
      return null;
    },
  };
};

const openedSchema = z.looseObject({ ok: z.literal(true), channel: z.looseObject({ id: z.string().min(1) }) });
const okSchema = z.looseObject({ ok: z.literal(true) });
const postedSchema = z.looseObject({ ok: z.literal(true), channel: z.string().min(1), ts: z.string().min(1) });
const historySchema = z.looseObject({
  ok: z.literal(true),
  messages: z.array(
    z.looseObject({
      ts: z.string().min(1),
      metadata: z.looseObject({ event_payload: z.record(z.string(), z.unknown()).nullish() }).nullish(),
    }),
  ),
  has_more: z.boolean(),
  response_metadata: z.looseObject({ next_cursor: z.string().nullish() }).nullish(),
});

const understood = <Answer>(schema: z.ZodType<Answer>, answer: unknown): Answer => {
  const { data } = schema.safeParse(answer);
  if (data === undefined) throw new Error('Slack’s answer cannot be understood');
  return data;
};
