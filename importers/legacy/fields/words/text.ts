import { compile } from 'html-to-text';
import { repairMojibake } from '../../mojibake.ts';
import { plainValue, withoutInvisible } from '../../plain-value.ts';
import { isMissing, nothing, type Reading, unclear, understood } from '../../reading.ts';

const tag = /<\/?[a-z][^<>]*>|&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,5});/i;

/** One line of text: a name, a word, a code. A number counts as text. */
export const readLine = (found: unknown, maxLength = 300): Reading<string> => {
  const plain = plainValue(found);
  if (isMissing(plain)) return nothing;
  if (typeof plain === 'number' || typeof plain === 'bigint') return understood(String(plain));
  if (typeof plain !== 'string') return unclear('not-text');
  const text = plain.replace(/\s+/g, ' ');
  return text.length > maxLength ? understood(cut(text, maxLength), 'shortened') : understood(text);
};

/** Text of any length, possibly HTML, whose tags become line breaks or are removed. */
export const readText = (found: unknown, maxLength = 20_000): Reading<string> => {
  const plain = typeof found === 'string' ? found : plainValue(found);
  if (isMissing(plain)) return nothing;
  if (typeof plain === 'number' || typeof plain === 'bigint') return understood(String(plain));
  if (typeof plain !== 'string') return unclear('not-text');
  // A description does not justify parsing megabytes of HTML.
  const bounded = plain.length > maxLength * 5 ? plain.slice(0, maxLength * 5) : plain;
  const text = withoutInvisible(repairMojibake(tag.test(bounded) ? withoutTags(bounded) : bounded)).trim();
  if (text === '') return nothing;
  return text.length > maxLength || bounded !== plain
    ? understood(cut(text, maxLength), 'shortened')
    : understood(text);
};

/** The converter recurses for each level, so from text nested deeper than any real page the tags are simply removed. */
const withoutTags = (html: string): string => (depthOf(html) > 500 ? html.replace(/<[^<>]*>/g, ' ') : convert(html));

/** An upper estimate of how deep the tags are nested; void elements do not count. */
const depthOf = (html: string): number => {
  let [depth, deepest] = [0, 0];
  for (const [, end] of html.matchAll(/<(\/?)(?!(?:br|hr|img|p|li|td|tr|input|meta|link)\b)[a-z]/gi)) {
    depth = end === '' ? depth + 1 : Math.max(0, depth - 1);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
};

const htmlOptions = {
  wordwrap: false,
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
} as const satisfies Parameters<typeof compile>[0];

/** Made once: it takes as long as converting a description. */
const convert = compile(htmlOptions);

/** At most `length` UTF-16 units, without splitting a character at the end. */
const cut = (text: string, length: number) =>
  text
    .slice(0, length)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd();
