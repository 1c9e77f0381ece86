/**
 * Makes text that people wrote fit for a message: well-formed, and never cut within a user-perceived character.
 */

/**
 * Text that is safe for every encoder and reader: lone surrogates become U+FFFD; control characters and marks that change
 * the text direction (overrides, embeddings, isolates) are removed. Line ends and tabs stay.
 */
export const wellFormed = (text: string): string =>
  text
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replace(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff]/gu, '')
    .replace(/\p{Surrogate}/gu, '\ufffd');

/** The same on one line, trimmed, with runs of whitespace collapsed. */
export const oneLine = (text: string): string => wellFormed(text).replace(/\s+/g, ' ').trim();

/** Whether nothing of a text can be seen: it is empty, or only spaces and zero-width characters. */
export const isBlank = (text: string): boolean => !/[^\s\p{Default_Ignorable_Code_Point}]/u.test(text);

/** The text, or a dash where nothing of it can be seen: Slack rejects empty text. */
export const orDash = (text: string): string => (isBlank(text) ? '–' : text);

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * At most `most` UTF-16 units of a text, with `…` where it was cut: between two user-perceived characters, so that no
 * emoji, accent or flag is halved. (A single character longer than `most` is cut between its code points.)
 *
 * @param sizeOf the final length of a piece of the text, if it differs (escaping)
 */
export const shortened = (text: string, most: number, sizeOf: (piece: string) => number = length): string => {
  if (text.length <= most && sizeOf(text) <= most) return text;
  const kept = piecesUpTo(text, most - 1, sizeOf);
  return `${kept.trimEnd()}…`;
};

/** The first user-perceived character of a text: an emoji of several parts, a letter with its accents. */
export const firstCharacter = (text: string): string | undefined =>
  graphemes.segment(text.slice(0, 100))[Symbol.iterator]().next().value?.segment;

const length = (piece: string) => piece.length;

const piecesUpTo = (text: string, most: number, sizeOf: (piece: string) => number): string => {
  let kept = '';
  let size = 0;
  // Two more units: the next code point decides whether a character ends at the limit.
  for (const { segment } of graphemes.segment(text.slice(0, most + 2))) {
    const more = sizeOf(segment);
    if (size + more > most) {
      if (kept !== '') return kept;
      for (const codePoint of segment) {
        size += sizeOf(codePoint);
        if (size > most) return kept;
        kept += codePoint;
      }
      return kept;
    }
    kept += segment;
    size += more;
  }
  return kept;
};

/** How many items are listed by name by default. */
const namedAtMost = 17;

/**
 * `Boca Raton, Delray Beach and 283 more`: as many whole items as fit, and the number of the rest. An item that does
 * not fit on its own is shortened.
 *
 * @param most maximum length, in UTF-16 units
 */
export const listed = (
  items: readonly string[],
  { most, named = namedAtMost, sizeOf = length }: { most: number; named?: number; sizeOf?: (piece: string) => number },
): string => {
  const room = most - ' and 1,000,000 more'.length;
  let kept = '';
  let size = 0;
  let count = 0;
  for (const item of items.slice(0, named)) {
    const next = count === 0 ? shortened(item, room, sizeOf) : `, ${item}`;
    if (size + sizeOf(next) > room) break;
    kept += next;
    size += sizeOf(next);
    count++;
  }
  const left = items.length - count;
  return left === 0 ? kept : `${kept} and ${left.toLocaleString('en-US')} more`;
};

/**
 * Whether a text would lead a reader somewhere: a Web or e-mail address, or anything that mail programs and chats turn into
 * a link (`evil.example`, `www.…`).
 */
export const holdsLink = (text: string): boolean =>
  /:\/\/|www\.|@|[\p{L}\p{N}_-][.\u3002\uff61][\p{L}\p{M}]{2,}/iu.test(text.normalize('NFKC').replace(invisible, ''));

/** Zero-width characters and soft hyphens, which could disguise a link. */
const invisible = /[\u00ad\u200b-\u200f\u2060-\u2064]/g;

/** `12,044` */
export const number = (value: number): string => value.toLocaleString('en-US');

/** `1 row`, `12,044 rows`; `many` is for irregular plurals. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;

/** The text with a capital first letter. */
export const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
