/**
 * Text as it is compared: lower case, without accents, every run of other characters one space, a space around the
 * whole. So ` ${'pool'} ` is found in `Heated Pool!` and not in `Liverpool`.
 */
export const comparable = (text: string): string =>
  ` ${text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;

/** A name as it is compared: case, accents and punctuation do not count (`Port St. Lucie` = `port st lucie`). */
export const sameName = (left: string, right: string): boolean => comparable(left) === comparable(right);
