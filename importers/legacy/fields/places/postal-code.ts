import { asNumber, type Reading, reader, unclear, understood } from '../../reading.ts';

/**
 * `"33432"`, `33432`, `"33432-1234"`, `"334321234"`, `1234` (which lost its leading zero: `01234`). Returns five
 * digits, or nine with a dash.
 */
export const readPostalCode = reader(40, (found): Reading<string> => {
  // "FL 33432"
  const text =
    typeof found === 'string' ? found.replace(/^[a-z]{2}\.?\s+(?=\d{5})/i, '') : String(asNumber(found) ?? '');
  const match = /^(\d{5})\s?[-–]?\s?(\d{4})?$/.exec(text) ?? /^(\d{3,4})(?:-(\d{4}))?$/.exec(text);
  if (match === null) return unclear('not-a-postal-code');
  const zip = match[1]!.padStart(5, '0');
  if (zip === '00000') return unclear('not-a-postal-code');
  return understood(match[2] === undefined ? zip : `${zip}-${match[2]}`);
});
