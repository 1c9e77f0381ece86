import { isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';
import { readLine } from './text.ts';

/** `"RX-10812345"`, `10812345`, `" rx-10812345 "`: in capitals, without spaces. */
export const readMlsNumber = (found: unknown): Reading<string> => {
  if (isMissing(found)) return nothing;
  const { value } = readLine(found, 100);
  const number = value?.toUpperCase().replace(/\s+/g, '') ?? '';
  // "N/A", "TBD", "none", "0", "-": no number in it, or nothing but zeros.
  return /\d/.test(number) && !/^0+$/.test(number) ? understood(number) : unclear('not-an-mls-number');
};

/**
 * What tells that two documents tell of one home: the number with its board's letters, and, weaker (`~`), its digits alone,
 * since by hand `RX-10812345` became `10812345`. Digits alone do not join the numbers of two boards.
 */
export const mlsIdentities = (mlsNumber: string): readonly string[] => {
  const digits = /^(?<board>[A-Z]*)-?(?<digits>\d{5,})$/.exec(mlsNumber)?.groups;
  if (digits === undefined) return [`mls:${mlsNumber}`];
  const weak = `~mls:${digits.digits}`;
  return digits.board === '' ? [weak] : [`mls:${digits.board}${digits.digits}`, weak];
};
