import { mlsNumberKey, mlsNumberParts } from '../../../../domain/listing/index.ts';
import { isMissing, nothing, type Reading, unclear, understood } from '../../reading.ts';
import { readLine } from '../words/text.ts';

/** `"RX-10812345"`, `10812345`, `" rx-10812345 "`: in capitals, without spaces. */
export const readMlsNumber = (found: unknown): Reading<string> => {
  if (isMissing(found)) return nothing;
  const { value } = readLine(found, 100);
  const number =
    value
      ?.normalize('NFKC')
      .toUpperCase()
      .replace(/[\s\p{Cf}]+/gu, '') ?? '';
  // "N/A", "TBD", "none", "0", "-": no digit in it, or nothing but zeros.
  return /[1-9]/.test(mlsNumberKey(number)) ? understood(number) : unclear('not-an-mls-number');
};

/**
 * What tells that two documents tell of one home: the number with its board's letters, and, weaker (`~`), its digits alone,
 * since by hand `RX-10812345` became `10812345`. Digits alone do not join the numbers of two boards.
 */
export const mlsIdentities = (mlsNumber: string): readonly string[] => {
  const key = mlsNumberKey(mlsNumber);
  const parts = mlsNumberParts(key);
  if (parts === undefined) return [`mls:${key}`];
  const weak = `~mls:${parts.digits}`;
  return parts.board === '' ? [weak] : [`mls:${key}`, weak];
};
