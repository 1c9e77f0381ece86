import { oneLine, orDash, shortened } from '../../platform/wording/words.ts';
import { type Block, slackLimits } from './build-message.ts';
import { escapedLength, escapedText } from './mrkdwn.ts';

declare const built: unique symbol;

/** What only the person who pressed or wrote sees, at the `response_url` of what they did. Only `buildSlackAnswer` makes one. */
export type SlackAnswer = Readonly<Record<string, unknown>> & { readonly [built]: true };

/** @param text plain text: it is escaped here; shown where there are no blocks, and read aloud */
export const buildSlackAnswer = (text: string, blocks: readonly Block[] = []): SlackAnswer =>
  ({
    response_type: 'ephemeral',
    replace_original: false,
    text: orDash(escapedText(shortened(oneLine(text), slackLimits.section, escapedLength))),
    ...(blocks.length === 0 ? {} : { blocks: blocks.slice(0, slackLimits.blocks) }),
  }) as unknown as SlackAnswer;
