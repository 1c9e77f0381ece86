import { oneLine } from '../../platform/wording/words.ts';

/**
 * The characters of a first name: letters and what may separate them (`Mary-Jane`, `O’Neil`, `Ana & Luis`, `J. R.`).
 */
const nameOnly = /^\p{L}[\p{L}\p{M}'’ʼ\-.,&+ ]*$/u;

/** Words of advertisements and instructions, which are no one's name. */
const notNames =
  /(?<![\p{L}\p{M}])(?:click|here|free|money|winner|winning|prize|congratulations|congrats|offer|urgent|verify|account|password|gift|bonus|bitcoin|crypto|paypal|dot|www|https?|dear|customer|null|undefined|unsubscribe)(?![\p{L}\p{M}])/iu;

/** Names too, but not beside other words: "Win big", "You won". */
const notBesideWords = /(?<![\p{L}\p{M}])(?:win|won|cash)(?![\p{L}\p{M}])/iu;

/** A longer text is not a name but a sentence. */
const longestName = 40;
const mostWords = 5;

/**
 * The greeting of an e-mail. Names come from web forms that anyone can fill in with someone else's address, so
 * anything other than a plain name (a link, an amount, a sentence) is not repeated in our mail.
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
  !notNames.test(name) &&
  !(name.includes(' ') && notBesideWords.test(name)) &&
  name.split(' ').length <= mostWords &&
  // `evil.example` is a link; `St. John` and `J.R.` are names.
  !/\.\p{L}{2,}/u.test(name) &&
  // No real name has so many combining marks on one letter.
  !/\p{M}{4,}/u.test(name);
