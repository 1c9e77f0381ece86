import { oneLine } from '../../platform/words.ts';

/** What a first name is made of: letters, and what stands between them (`Mary-Jane`, `O’Neil`, `Ana & Luis`, `J. R.`). */
const nameOnly = /^\p{L}[\p{L}\p{M}'’ʼ\-.,&+ ]*$/u;

/** No name has so many letters; what has is a sentence. */
const longestName = 40;
const mostWords = 5;

/**
 * How an e-mail greets a person. Names come from web forms that anybody can fill in with somebody else's address: what is
 * no plain name (a link, an amount, a sentence) is not repeated in a mail of ours.
 *
 * @example greeting('Ana') // 'Hello Ana,'
 * @example greeting('WIN $500 https://evil.example') // 'Hello,'
 */
export const greeting = (firstName: string | null): string => {
  const name = oneLine((firstName ?? '').slice(0, 1_000).replace(/\p{Extended_Pictographic}|[\ufe0f\u200d]/gu, ''));
  return isName(name) ? `Hello ${name},` : 'Hello,';
};

const isName = (name: string): boolean =>
  name.length <= longestName &&
  nameOnly.test(name) &&
  name.split(' ').length <= mostWords &&
  // `evil.example` is a link, `St. John` and `J.R.` are names.
  !/\.\p{L}{2,}/u.test(name) &&
  // More marks than letters carry is somebody playing.
  !/\p{M}{4,}/u.test(name);
