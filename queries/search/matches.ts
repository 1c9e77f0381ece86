import { type RawBuilder, sql } from 'kysely';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** SQL: lower case without accents, so that `lopez` also finds López. */
const plain = (text: RawBuilder<unknown>) =>
  sql`translate(lower(${text}), 'áàâãäåéèêëíìîïóòôõöúùûüñç', 'aaaaaaeeeeiiiiooooouuuunc')`;

/** SQL: whether a text contains every word of what is searched for, in any order, upper or lower case, accents or not. */
export const containsWords = (haystack: RawBuilder<unknown>, text: string): RawBuilder<boolean> => {
  const words = text.split(/\s+/).filter(Boolean);
  const found = words.map((word) => sql`strpos(haystack.plain, ${plain(sql`${word}::text`)}) > 0`);
  // `offset 0`: PostgreSQL computes the text once for all words.
  return sql<boolean>`(select ${sql.join(found, sql` and `)} from (select ${plain(haystack)} as plain offset 0) as haystack)`;
};

const phoneCharacters = /^[\d\s()+./-]+$/;
const fewestDigits = 3;

/** How a text is looked up among phone numbers: a whole number in E.164, or part of one; `null`: it is not a phone number. */
const phoneSearchOf = (text: string): { readonly number: string } | { readonly digits: string } | null => {
  // `00` is the international prefix nearly everywhere but here.
  const number = parsePhoneNumberFromString(text.trim().replace(/^00(?=[\d\s])/, '+'), 'US');
  if (number?.isValid()) return { number: number.number };
  const digits = text.replace(/\D/g, '');
  return phoneCharacters.test(text) && digits.length >= fewestDigits ? { digits } : null;
};

/** SQL: whether one of these phone numbers (E.164, in one text) is the one searched for, however it is spelled, or contains it. */
export const containsPhone = (numbers: RawBuilder<unknown>, text: string): RawBuilder<boolean> => {
  const wanted = phoneSearchOf(text);
  if (wanted === null) return sql<boolean>`false`;
  return sql<boolean>`strpos(${numbers}, ${'number' in wanted ? wanted.number : wanted.digits}) > 0`;
};
