import { oneLine, orDash, shortened, wellFormed } from '../../platform/wording/words.ts';
import { cutMarkup, escapedLength, escapedText, type Mrkdwn } from './mrkdwn.ts';

declare const built: unique symbol;

/** A part of a message. Only the functions here make one. */
export type Block = Readonly<Record<string, unknown>> & { readonly [built]: true };

/**
 * A Slack message for chat.postMessage; `text` is for notifications and screen readers. Only `buildSlackMessage` makes
 * one.
 */
export type SlackMessage = {
  /** The ID of a channel, or of the user to write to. `null`: the configured channel. */
  readonly channel: string | null;
  readonly text: string;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
  /** The message that this one takes the place of. */
  readonly replaces?: { readonly channel: string; readonly ts: string };
  /** The whole workspace can read this: no personal data here. */
  readonly metadata?: {
    readonly event_type: string;
    readonly event_payload: Readonly<Record<string, string | number>>;
  };
  readonly [built]: true;
};

/**
 * Slack's limits (docs.slack.dev/reference/block-kit/blocks, …/block-elements/button-element,
 * …/methods/chat.postMessage). Characters are counted as UTF-16 units, which never gives too few.
 */
export const slackLimits = {
  header: 150,
  section: 3_000,
  field: 2_000,
  fields: 10,
  context: 10,
  contextText: 2_000,
  actions: 25,
  button: 75,
  value: 2_000,
  actionId: 255,
  blocks: 50,
  text: 40_000,
} as const;

const asBlock = (block: Record<string, unknown>) => block as Block;
const plain = (text: string, most: number) => ({
  type: 'plain_text',
  text: orDash(shortened(oneLine(text), most)),
  emoji: false,
});
/** `verbatim`: addresses in what people wrote do not become links, nor `@name` or `#name` mentions. */
const marked = (text: Mrkdwn, most: number) => ({
  type: 'mrkdwn',
  text: orDash(cutMarkup(text, most)),
  verbatim: true,
});

export const header = (text: string): Block => asBlock({ type: 'header', text: plain(text, slackLimits.header) });

export const section = (text: Mrkdwn): Block => asBlock({ type: 'section', text: marked(text, slackLimits.section) });

/** Short facts, two per row; those beyond ten go into further sections. */
export const fields = (texts: readonly Mrkdwn[]): Block[] => {
  const rows = texts.map((text) => marked(text, slackLimits.field));
  return Array.from({ length: Math.ceil(rows.length / slackLimits.fields) }, (_, index) =>
    asBlock({
      type: 'section',
      fields: rows.slice(index * slackLimits.fields, (index + 1) * slackLimits.fields),
    }),
  );
};

export const context = (text: Mrkdwn): Block =>
  asBlock({ type: 'context', elements: [marked(text, slackLimits.contextText)] });

export type Button = {
  readonly label: string;
  readonly actionId: string;
  /** Returned when the button is pressed. */
  readonly value: Readonly<Record<string, string>>;
  readonly style?: 'primary' | 'danger';
};

/** @throws if a value is too long to be returned in full: use keys only, never text from people */
export const actions = (buttons: readonly Button[]): Block =>
  asBlock({
    type: 'actions',
    elements: buttons.slice(0, slackLimits.actions).map(({ label, actionId, value, style }) => {
      const json = JSON.stringify(value);
      if (json.length > slackLimits.value) throw new RangeError(`a button's value is too long: ${json.length}`);
      return {
        type: 'button',
        text: plain(label, slackLimits.button),
        value: json,
        action_id: actionId,
        ...(style === undefined ? {} : { style }),
      };
    }),
  });

/**
 * A message that was sent, as it reads once what it asked is settled: without its buttons, and with what came of it at the end.
 *
 * @param providerMessageId where it is: `channel/ts`
 */
export const settledMessage = (
  sent: Pick<SlackMessage, 'blocks'>,
  providerMessageId: string,
  outcome: { readonly text: string; readonly markup: Mrkdwn },
): SlackMessage => {
  const [channel = '', ts = ''] = providerMessageId.split('/');
  const kept = sent.blocks.filter(({ type, block_id }) => type !== 'actions' && block_id !== whileOpen) as Block[];
  return {
    ...buildSlackMessage({
      channel,
      text: outcome.text,
      blocks: [...kept.slice(0, slackLimits.blocks - 1), section(outcome.markup)],
    }),
    replaces: { channel, ts },
  };
};

/** The id of the block that means something only while a message can be answered. */
const whileOpen = 'while_open';

/** The context of a message that can be answered: by when. It goes when the message is settled. */
export const deadline = (text: Mrkdwn): Block => ({ ...context(text), block_id: whileOpen }) as Block;

export type SlackParts = {
  readonly channel: string | null;
  /** Plain text; escaped here, because Slack interprets markup in it too. */
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly metadata?: SlackMessage['metadata'];
};

/** A message that Slack accepts, whatever people wrote. */
export const buildSlackMessage = ({ channel, text, blocks, metadata }: SlackParts): SlackMessage =>
  ({
    channel,
    text: orDash(escapedText(shortened(oneLine(text), slackLimits.text, escapedLength))),
    blocks: blocks.slice(0, slackLimits.blocks),
    ...(metadata === undefined ? {} : { metadata: wellFormedMetadata(metadata) }),
  }) as Omit<SlackMessage, typeof built> as SlackMessage;

const wellFormedMetadata = (metadata: NonNullable<SlackMessage['metadata']>) => ({
  event_type: metadata.event_type,
  event_payload: Object.fromEntries(
    Object.entries(metadata.event_payload).map(([name, value]) => [
      name,
      typeof value === 'string' ? wellFormed(value) : value,
    ]),
  ),
});
