/**
 * An MLS number in the one form in which numbers are compared: letters and digits only, in capitals. `"RX-10812345"`,
 * `" rx 10812345 "` and `"RX10812345"` are one number. Empty for text without any of them.
 */
export const mlsNumberKey = (text: string): string =>
  text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '');

/**
 * The parts of a compared MLS number: its board's letters (`RX`; empty where only digits were noted down) and its digits.
 * `undefined` for a number that is made otherwise, or has too few digits to mean anything without the letters.
 */
export const mlsNumberParts = (key: string): { readonly board: string; readonly digits: string } | undefined => {
  const parts = /^(?<board>[A-Z]{0,10})(?<digits>\d{5,20})$/.exec(key)?.groups;
  return parts === undefined ? undefined : { board: parts.board!, digits: parts.digits! };
};
