/**
 * Text for comparing: lower case, without accents, any other characters replaced by a single space, and a space at both
 * ends. So ` ${'pool'} ` is found in `Heated Pool!`, but not in `Liverpool`.
 */
export const comparable = (text: string): string =>
  ` ${text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;

/** Whether two names are equal, ignoring case, accents and punctuation (`Port St. Lucie` = `port st lucie`). */
export const sameName = (left: string, right: string): boolean => comparable(left) === comparable(right);
