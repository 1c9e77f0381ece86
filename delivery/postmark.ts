import { Errors, type Message, ServerClient } from 'postmark';
import type { Claimed } from './claims.ts';
import type { EmailMessage } from './outbox.ts';
import { type Outcome, unanswered } from './outcome.ts';

export type PostmarkSettings = {
  readonly serverToken: string;
  /** `Sunshine Homes <alerts@example.com>` */
  readonly from: string;
  readonly messageStream: string;
  /** `https://api.postmarkapp.com`, or where something speaks like it. */
  readonly apiUrl: string;
};

/** Sends through Postmark, or through whatever speaks like it at `apiUrl`. */
export type EmailSender = {
  /** One outcome for each message, in their order. */
  send(messages: readonly Claimed<EmailMessage>[]): Promise<readonly Outcome[]>;
  /** Postmark's id of a message that it took, or `null`. @throws when it does not answer */
  find(outboxId: string): Promise<string | null>;
};

/** The name under which Postmark keeps our id of a message, and finds it again. */
const metadataName = 'outboxId';

/** Postmark takes 50 MB a call; well below it, one call stays quick and one failure small. */
const bytesAtMost = 10_000_000;

export const postmarkSender = ({ serverToken, from, messageStream, apiUrl }: PostmarkSettings): EmailSender => {
  const { protocol, host, pathname } = new URL(apiUrl);
  const client = new ServerClient(serverToken, {
    useHttps: protocol === 'https:',
    requestHost: `${host}${pathname.replace(/\/$/, '')}`,
    timeout: 30,
  });
  const complete = ({ outboxId, message }: Claimed<EmailMessage>): Message => ({
    ...message,
    From: from,
    MessageStream: messageStream,
    Metadata: { [metadataName]: outboxId },
  });

  const send: EmailSender['send'] = async (messages) => {
    if (messages.length > 1 && JSON.stringify(messages).length > bytesAtMost) return await halves(messages);
    try {
      const answers = await client.sendEmailBatch(messages.map(complete));
      return messages.map((_, index) => {
        const answer = answers[index];
        return answer === undefined ? unanswered('Postmark gave fewer answers than messages') : toOutcome(answer);
      });
    } catch (error) {
      const refused = error instanceof Errors.ApiInputError || statusOf(error) === 413;
      // The call as a whole was refused, none of it was sent: find the one that is to blame.
      if (refused && messages.length > 1) return await halves(messages);
      return messages.map(() => (refused ? rejected(error) : failed(error)));
    }
  };
  const halves = async (messages: readonly Claimed<EmailMessage>[]): Promise<readonly Outcome[]> => {
    const middle = messages.length >> 1;
    return [...(await send(messages.slice(0, middle))), ...(await send(messages.slice(middle)))];
  };

  return {
    send,
    async find(outboxId) {
      const { Messages } = await client.getOutboundMessages({
        count: 1,
        offset: 0,
        [`metadata_${metadataName}`]: outboxId,
      });
      // A server that does not know this filter would answer with any message.
      const found = Messages.find((message) => message.Metadata?.[metadataName] === outboxId);
      return found?.MessageID ?? null;
    },
  };
};

/** 300: the message is not valid. 406: the recipient bounced or complained. Neither gets better by asking again. */
const never = [300, 406];

const toOutcome = (answer: { ErrorCode: number; Message: string; MessageID: string }): Outcome => {
  if (answer.ErrorCode === 0) return { kind: 'sent', providerMessageId: answer.MessageID };
  const reason = `Postmark ${answer.ErrorCode}: ${answer.Message}`;
  if (never.includes(answer.ErrorCode)) return { kind: 'rejected', reason };
  // The account's trouble (no credit left, an address not confirmed, too many at once): somebody can mend it.
  return { kind: 'retry', reason, maybeSent: false };
};

const statusOf = (error: unknown) => (error instanceof Errors.PostmarkError ? error.statusCode : 0);

const rejected = (error: unknown): Outcome => ({ kind: 'rejected', reason: `Postmark refuses it: ${String(error)}` });

const failed = (error: unknown): Outcome => {
  if (error instanceof Errors.InvalidAPIKeyError) {
    return { kind: 'stop', reason: 'Postmark does not know this POSTMARK_SERVER_TOKEN', afterMs: 300_000 };
  }
  if (error instanceof Errors.RateLimitExceededError) {
    return { kind: 'stop', reason: 'Postmark wants us to wait', afterMs: 60_000 };
  }
  return unanswered(error);
};
