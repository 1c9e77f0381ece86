import { Errors, type Message, Models, ServerClient } from 'postmark';
import { z } from 'zod';
import type { Claimed } from '../claims.ts';
import { sender, singleAddress } from '../email/addresses.ts';
import type { EmailMessage } from '../email/build-email.ts';
import { type Outcome, tooLate, unanswered } from '../outcome.ts';
import { wholeAnswer } from './whole-answer.ts';

export type PostmarkSettings = {
  readonly serverToken: string;
  /** `Sunshine Homes <alerts@example.com>` */
  readonly from: string;
  readonly messageStream: string;
  /** The kinds of message in which Postmark records opens, and clicks; default: none. */
  readonly trackOpens?: readonly string[];
  readonly trackLinks?: readonly string[];
  /** `https://api.postmarkapp.com`, or another server with the same API. */
  readonly apiUrl: string;
};

/** Sends through Postmark, or another server with the same API at `apiUrl`. */
export type EmailSender = {
  /** Returns one outcome for each message, in the same order. Messages are only sent while `maySend` says so. */
  send(messages: readonly Claimed<EmailMessage>[], maySend: () => boolean): Promise<readonly Outcome[]>;
  /**
   * Postmark's ID of a message that it accepted, or `null`. @throws if it gives no answer, or none that settles the
   * question
   */
  find(outboxId: string): Promise<string | null>;
};

/** The metadata name under which Postmark stores our ID of a message, and finds it again. */
const metadataName = 'outboxId';

/** Postmark accepts 50 MB per call; well below that, a call stays quick and a failure affects few messages. */
const bytesAtMost = 10_000_000;

export const postmarkSender = (settings: PostmarkSettings): EmailSender => {
  const { serverToken, from, messageStream, apiUrl, trackOpens = [], trackLinks = [] } = settings;
  const { protocol, host, pathname } = new URL(apiUrl);
  const client = new ServerClient(serverToken, {
    useHttps: protocol === 'https:',
    requestHost: `${host}${pathname.replace(/\/$/, '')}`,
    timeout: 30,
    fetch: wholeAnswer,
  });
  const complete = ({ outboxId, kind, message }: Claimed<EmailMessage>): Message => ({
    ...message,
    // A list of addresses would reach others too; `send` lets none through.
    To: singleAddress(message.To)!,
    From: sender(from),
    MessageStream: messageStream,
    Metadata: { [metadataName]: outboxId },
    // Always given: otherwise the server's own setting applies. Links in plain text would become unreadable.
    TrackOpens: trackOpens.includes(kind),
    TrackLinks: trackLinks.includes(kind) ? Models.LinkTrackingOptions.HtmlOnly : Models.LinkTrackingOptions.None,
  });

  const send: EmailSender['send'] = async (messages, maySend) => {
    const outcomes = new Map<Claimed<EmailMessage>, Outcome>();
    const one = messages.filter(({ message }) => singleAddress(message.To) !== null);
    for (const [index, outcome] of (one.length === 0 ? [] : await sendAll(one, maySend)).entries()) {
      outcomes.set(one[index]!, outcome);
    }
    return messages.map((message) => outcomes.get(message) ?? notOneAddress);
  };
  const sendAll: EmailSender['send'] = async (messages, maySend) => {
    if (messages.length > 1 && JSON.stringify(messages).length > bytesAtMost) return await halves(messages, maySend);
    if (!maySend()) return messages.map(() => tooLate);
    try {
      const answers: unknown = await client.sendEmailBatch(messages.map(complete));
      if (!Array.isArray(answers) || answers.length !== messages.length) {
        const reason = 'Postmark’s answer cannot be understood: it does not have one entry for each message';
        return messages.map(() => unanswered(reason));
      }
      return answers.map((answer, index) => toOutcome(answer, messages[index]!.message.To));
    } catch (error) {
      const refused = isRefusal(error);
      // The call as a whole was rejected, and nothing was sent: find the message that caused it.
      if (refused && messages.length > 1) return await halves(messages, maySend);
      return messages.map(() => (refused ? refusalOf(error) : failed(error)));
    }
  };
  const halves: EmailSender['send'] = async (messages, maySend) => {
    const middle = messages.length >> 1;
    const first = await sendAll(messages.slice(0, middle), maySend);
    const stopped = first.find(({ kind }) => kind === 'stop');
    const second = messages.slice(middle);
    return [
      ...first,
      ...(stopped === undefined
        ? await sendAll(second, maySend)
        : second.map(() => ({ ...stopped, maybeSent: false }))),
    ];
  };

  return {
    send,
    async find(outboxId) {
      const answer: unknown = await client.getOutboundMessages({
        count: 1,
        offset: 0,
        [`metadata_${metadataName}`]: outboxId,
        // Without it Postmark only searches the stream `outbound`.
        messagestream: messageStream,
      } as Parameters<typeof client.getOutboundMessages>[0]);
      const { data } = searchSchema.safeParse(answer);
      if (data === undefined) throw new Error('Postmark’s answer cannot be understood');
      const found = data.Messages.find((message) => message.Metadata?.[metadataName] === outboxId);
      if (found !== undefined) return found.MessageID;
      // A server that does not know this filter would return any message; one that counts more than it lists hides some.
      if (data.Messages.length > 0 || data.TotalCount !== 0)
        throw new Error('Postmark returned other messages than requested, or not all of them');
      return null;
    },
  };
};

const searchSchema = z.object({
  TotalCount: z.number(),
  Messages: z.array(
    z.looseObject({ MessageID: z.string().min(1), Metadata: z.record(z.string(), z.unknown()).nullish() }),
  ),
});

/** An accepted message has an ID; a refused one has none. An entry that says both cannot be trusted. */
const answerSchema = z.union([
  z.looseObject({ ErrorCode: z.literal(0), MessageID: z.string().min(1), To: z.string().nullish() }),
  z.looseObject({
    ErrorCode: z.number().int().positive(),
    Message: z.string().catch(''),
    MessageID: z.literal('').nullish(),
    To: z.string().nullish(),
  }),
]);

const notOneAddress: Outcome = {
  kind: 'rejected',
  reason: 'that is not a single plain e-mail address: nothing was sent',
  refused: 'invalid',
};

/** @param to the address that the message went to: an answer about another one is not the answer */
const toOutcome = (answer: unknown, to: string): Outcome => {
  const { data } = answerSchema.safeParse(answer);
  if (data === undefined) return unanswered('Postmark’s answer cannot be understood');
  if (data.To && data.To.toLowerCase() !== to.toLowerCase())
    return unanswered('Postmark’s answer cannot be understood: it is about another address');
  return data.ErrorCode === 0
    ? { kind: 'sent', providerMessageId: data.MessageID! }
    : ofCode(data.ErrorCode, String(data.Message));
};

/**
 * The meaning of Postmark's error codes (postmarkapp.com/developer/api/overview#error-codes).
 * - Problems of the account or the server, until someone fixes them: 10 the token; 400, 401 the sender address; 405 no
 *   credit left; 412, 413 the account may not send; 1235 to 1237 the message stream
 * - 300 the message is not valid; 406 the recipient bounced or complained: repeating the request does not help
 */
const account = [10, 400, 401, 405, 412, 413, 1235, 1236, 1237];

const ofCode = (code: number, message: string): Outcome => {
  const reason = `Postmark ${code}: ${message}`;
  if (account.includes(code) || (code === 300 && /'From'/.test(message))) {
    return { kind: 'stop', reason, afterMs: 60_000, broken: true };
  }
  if (code === 406) return { kind: 'rejected', reason, refused: 'inactive' };
  // 300 can be about any field; except for the address, ours are always valid.
  if (code === 300) {
    const other = /'(Cc|Bcc|ReplyTo|Subject|Tag|HtmlBody|TextBody|Headers|Metadata|Attachments)'/.test(message);
    return { kind: 'rejected', reason, ...(other ? {} : { refused: 'invalid' as const }) };
  }
  return { kind: 'retry', reason, maybeSent: false };
};

const statusOf = (error: unknown) => (error instanceof Errors.PostmarkError ? error.statusCode : 0);
/** Postmark’s error code; 0 when the answer has none, so that a proxy may have given it. */
const codeOf = (error: unknown): number =>
  error instanceof Errors.PostmarkError && Number.isInteger(error.code) ? Math.max(error.code, 0) : 0;

/** Whether Postmark itself said that it accepted nothing, or a proxy that the request is too large to pass on. */
const isRefusal = (error: unknown): boolean =>
  (error instanceof Errors.ApiInputError && codeOf(error) > 0) || statusOf(error) === 413;

const refusalOf = (error: unknown): Outcome =>
  error instanceof Errors.ApiInputError && [...account, 300, 406].includes(error.code)
    ? ofCode(error.code, error.message)
    : { kind: 'rejected', reason: `Postmark rejected it: ${String(error)}` };

const failed = (error: unknown): Outcome => stopsEverything(error) ?? unanswered(error);

/**
 * A reason that stops all sending or look-ups; `null` if it is something else. A 401 without Postmark’s own code is a
 * proxy’s, and no reason to suspect the token.
 */
export const stopsEverything = (error: unknown): Outcome | null => {
  if (error instanceof Errors.InvalidAPIKeyError && codeOf(error) > 0) {
    const reason = 'Postmark does not know this POSTMARK_SERVER_TOKEN';
    return { kind: 'stop', reason, afterMs: 60_000, broken: true };
  }
  if (error instanceof Errors.RateLimitExceededError) {
    // A server that says so without Postmark’s own code may already have accepted the messages.
    return { kind: 'stop', reason: 'Postmark asks us to wait', afterMs: 60_000, maybeSent: codeOf(error) === 0 };
  }
  return null;
};
