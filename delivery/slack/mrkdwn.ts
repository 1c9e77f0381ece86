import { shortened, wellFormed } from '../../platform/wording/words.ts';

declare const escaped: unique symbol;

/** Text in Slack's own markup, in which text from people is escaped. Only this module makes it. */
export type Mrkdwn = { readonly markup: string; readonly [escaped]: true };

const asMrkdwn = (markup: string) => ({ markup }) as Mrkdwn;

/**
 * Text from people, escaped so that Slack shows it literally. `&`, `<` and `>` have a meaning in all of Slack's texts
 * (docs.slack.dev/messaging/formatting-message-text), and escaping them keeps `<!channel>` from notifying anyone. `*`,
 * `_`, `~` and backticks have no escape: a zero-width space on both sides keeps them from formatting.
 */
export const escapedText = (text: string): string =>
  wellFormed(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[*_~`]/g, '\u200b$&\u200b');

/** The length of a text after escaping. */
export const escapedLength = (text: string): number => escapedText(text).length;

/**
 * A template for Slack markup: inserted values are escaped, unless they are markup already.
 *
 * @example mrkdwn`For *${agent.memberFullName}*`
 */
export const mrkdwn = (texts: TemplateStringsArray, ...values: readonly (string | number | Mrkdwn)[]): Mrkdwn =>
  asMrkdwn(
    texts.reduce((whole, text, index) => {
      const value = values[index - 1]!;
      return `${whole}${typeof value === 'object' ? value.markup : escapedText(String(value))}${text}`;
    }),
  );

/** Pieces of markup, one per line. */
export const inLines = (lines: readonly Mrkdwn[]): Mrkdwn => asMrkdwn(lines.map(({ markup }) => markup).join('\n'));

/** A moment, which Slack shows in the reader's time zone. @param iso ISO 8601; shown as it is where Slack cannot */
export const moment = (iso: string): Mrkdwn => {
  const seconds = Math.floor(Date.parse(iso) / 1000);
  return Number.isNaN(seconds)
    ? mrkdwn`${iso}`
    : asMrkdwn(`<!date^${seconds}^{date_short_pretty} {time}|${escapedText(iso).replaceAll('|', '')}>`);
};

/** Markup of at most `most` UTF-16 units, not cut within an escape, a reference or a character. */
export const cutMarkup = ({ markup }: Mrkdwn, most: number): string => {
  if (markup.length <= most) return markup;
  let kept = '';
  for (const [index, part] of markup.split(/(&(?:amp|lt|gt);|<[^<>]*>)/).entries()) {
    const room = most - 1 - kept.length;
    if (part.length <= room) kept += part;
    else return index % 2 === 1 ? `${kept}…` : `${kept}${room < 1 ? '…' : shortened(part, room + 1)}`;
  }
  return kept;
};
