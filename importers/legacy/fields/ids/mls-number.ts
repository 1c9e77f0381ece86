import { mlsNumberKey, mlsNumberParts, withoutMlsLabel } from '../../../../domain/listing/index.ts';
import { isMissing, nothing, type Reading, unclear, understood } from '../../reading.ts';
import { readLine } from '../words/text.ts';

/** `"RX-10812345"`, `10812345`, `" rx-10812345 "`: upper-cased, without spaces. */
export const readMlsNumber = (found: unknown): Reading<string> => {
  if (isMissing(found)) return nothing;
  const { value } = readLine(found, 100);
  const number =
    (value === undefined ? undefined : withoutMlsLabel(value.normalize('NFKC')))
      ?.toUpperCase()
      .replace(/[\s\p{Cf}]+/gu, '') ?? '';
  // "N/A", "TBD", "none", "0", "-": no digits, or only zeros.
  return /[1-9]/.test(mlsNumberKey(number)) ? understood(number) : unclear('not-an-mls-number');
};

/**
 * The identities that two documents of the same home share: the number with its board's letters and, weaker (`~`), its
 * digits alone, since people retype `RX-10812345` as `10812345`. Digits alone do not join numbers of different boards.
 */
export const mlsIdentities = (mlsNumber: string): readonly string[] => {
  const key = mlsNumberKey(mlsNumber);
  const parts = mlsNumberParts(key);
  if (parts === undefined) return [`mls:${key}`];
  const weak = `~mls:${parts.digits}`;
  return parts.board === '' ? [weak] : [`mls:${key}`, weak];
};
