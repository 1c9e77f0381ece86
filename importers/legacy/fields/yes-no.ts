import { asNumber, isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';

const yes = new Set(['true', 'y', 'yes', 't', 'on', '1', 'x', 'si', 'sí']);
const no = new Set(['false', 'n', 'no', 'f', 'off', '0', 'null', 'none', 'undefined']);

/** `true`, `"Y"`, `1`, `"false"`, … */
export const readYesNo = (found: unknown): Reading<boolean> => {
  if (isMissing(found)) return nothing;
  if (typeof found === 'boolean') return understood(found);
  const number = asNumber(found);
  if (number !== undefined) return understood(number !== 0);
  const word = typeof found === 'string' ? found.trim().toLowerCase() : '';
  if (yes.has(word)) return understood(true);
  if (no.has(word)) return understood(false);
  return unclear('not-yes-or-no');
};

/**
 * Whether a person opted out of e-mail. Whatever does not plainly say no says yes: one mail too few is a smaller wrong than
 * one to somebody who does not want it. A date ("unsubscribed at") is a yes.
 */
export const readOptOut = (found: unknown): boolean => !isMissing(found) && readYesNo(found).value !== false;
