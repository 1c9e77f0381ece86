/**
 * Removes a label such as `MLS#` or `mls number:` from the front of an MLS number. The letters of a board called MLS
 * stay (`MLS-10812345`).
 */
export const withoutMlsLabel = (text: string): string =>
  text.slice(0, 200).replace(/^\s*MLS\s*(?:(?:number|num|no|id)\b\.?\s*)?(?:[#:]\s*)+(?=[a-z0-9])/i, '');

/**
 * The form in which MLS numbers are compared: letters and digits only, upper-cased. `"RX-10812345"`, `" rx 10812345 "`
 * and `"RX10812345"` are the same number. Empty if the text has no letters or digits.
 */
export const mlsNumberKey = (text: string): string =>
  withoutMlsLabel(text.normalize('NFKC'))
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '');

/**
 * The parts of a compared MLS number: its board's letters (`RX`; empty if only the digits were given) and its digits.
 * `undefined` if the number has another form, or too few digits to mean anything without the letters.
 */
export const mlsNumberParts = (key: string): { readonly board: string; readonly digits: string } | undefined => {
  const parts = /^(?<board>[A-Z]{0,10})(?<digits>\d{5,20})$/.exec(key)?.groups;
  return parts === undefined ? undefined : { board: parts.board!, digits: parts.digits! };
};
