import { asNumber, isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';

/** `"33432"`, `33432`, `"33432-1234"`, `1234` (its leading zero lost: `01234`). */
export const readPostalCode = (found: unknown): Reading<string> => {
  if (isMissing(found)) return nothing;
  const text = typeof found === 'string' ? found.trim() : String(asNumber(found) ?? '');
  const match = /^(\d{3,5})(?:[-\s]?(\d{4}))?$/.exec(text);
  if (match === null || (match[1]!.length < 5 && match[2] !== undefined && !text.includes('-'))) {
    return unclear('not-a-postal-code');
  }
  const zip = match[1]!.padStart(5, '0');
  if (zip === '00000') return unclear('not-a-postal-code');
  return understood(match[2] === undefined ? zip : `${zip}-${match[2]}`);
};
