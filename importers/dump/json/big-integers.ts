import { Long } from 'bson';

/**
 * Whether a JSON text may contain an integer that a JavaScript number cannot represent exactly: relaxed Extended JSON
 * writes 64-bit integers (an `_id` of 9007199254740993, say) as plain digits.
 */
export const mayHaveBigIntegers = (json: string): boolean => /(?<![\w".])-?\d{16}/.test(json);

/** An integer as a Long, if it is one of 64 bits that a JavaScript number cannot represent exactly. */
export const longOf = (digits: string): Long | undefined => {
  if (!/^[-+]?\d{16,20}$/.test(digits) || Number.isSafeInteger(Number(digits))) return undefined;
  const big = BigInt(digits.replace('+', ''));
  return BigInt.asIntN(64, big) === big ? Long.fromBigInt(big) : undefined;
};
