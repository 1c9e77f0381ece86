import { convert } from 'html-to-text';
import { isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';

/** What no database or reader wants in a text: control characters (NUL above all) and halves of characters. */
const unwanted = /(?![\t\n\r])\p{Cc}|\p{Surrogate}/gu;

const tag = /<\/?[a-z][^<>]*>|&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,5});/i;

/** UTF-8 that was read as Latin-1 (or Windows-1252) once: "Ã©", "â€™", "Â°". */
const misread =
  /[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]/;

const windows1252 = new Map<number, number>(
  [...'€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ'].flatMap((char, index) =>
    char === ' ' ? [] : [[char.codePointAt(0)!, 0x80 + index] as const],
  ),
);

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** "CafÃ©" is "Café" that went through the wrong code page; text that was not is given back as it is. */
export const repairMojibake = (text: string): string => {
  let current = text;
  // Twice is seen in the wild, more often is not.
  for (let round = 0; round < 2 && misread.test(current); round++) {
    const repaired = repairOnce(current);
    if (repaired === current) break;
    current = repaired;
  }
  return current;
};

const repairOnce = (text: string): string => {
  // Run by run: one character that never went through the wrong code page must not keep the others broken.
  return text.replace(
    /[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{2,}/g,
    (run) => {
      const bytes = new Uint8Array(run.length);
      for (let index = 0; index < run.length; index++) {
        const code = run.charCodeAt(index);
        bytes[index] = code <= 0xff ? code : (windows1252.get(code) ?? 0);
      }
      try {
        return strictUtf8.decode(bytes);
      } catch {
        return run;
      }
    },
  );
};

const tidy = (text: string) => repairMojibake(text).replace(unwanted, '').trim();

/** Text of one line: a name, a word, a code. A number is text too. */
export const readLine = (found: unknown, maxLength = 300): Reading<string> => {
  if (isMissing(found)) return nothing;
  if (typeof found === 'number' || typeof found === 'bigint') return understood(String(found));
  if (typeof found !== 'string') return unclear('not-text');
  const text = tidy(found).replace(/\s+/g, ' ');
  if (text === '') return nothing;
  return text.length > maxLength ? understood(cut(text, maxLength), 'shortened') : understood(text);
};

/** Text of any length, at times written as HTML: its tags become line breaks or nothing. */
export const readText = (found: unknown, maxLength = 20_000): Reading<string> => {
  if (isMissing(found)) return nothing;
  if (typeof found === 'number' || typeof found === 'bigint') return understood(String(found));
  if (typeof found !== 'string') return unclear('not-text');
  // A description is no reason to parse megabytes of HTML.
  const bounded = found.length > maxLength * 5 ? found.slice(0, maxLength * 5) : found;
  const text = tidy(tag.test(bounded) ? convert(bounded, htmlOptions) : bounded);
  if (text === '') return nothing;
  return text.length > maxLength || bounded !== found
    ? understood(cut(text, maxLength), 'shortened')
    : understood(text);
};

const htmlOptions = {
  wordwrap: false,
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
} as const satisfies Parameters<typeof convert>[1];

/** At most `length` UTF-16 units, without leaving half a character at the end. */
const cut = (text: string, length: number) =>
  text
    .slice(0, length)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd();
