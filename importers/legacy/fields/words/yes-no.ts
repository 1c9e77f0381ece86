import { asNumber, type Reading, reader, unclear, understood } from '../../reading.ts';

const yes = new Set([
  'true',
  'y',
  'yes',
  't',
  'on',
  '1',
  '-1',
  'x',
  'si',
  'sí',
  'yep',
  'ja',
  'j',
  'wahr',
  'verdadero',
  'oui',
  'vrai',
  'checked',
  '✓',
  '✔',
  '☑',
]);
const no = new Set([
  'false',
  'n',
  'no',
  'f',
  'off',
  '0',
  'null',
  'none',
  'undefined',
  'nope',
  'nein',
  'falsch',
  'falso',
  'non',
  'faux',
  'unchecked',
  'never',
  'n/a',
  'na',
]);

/** `true`, `"Y"`, `1`, `"false"`, … Of numbers only 0, 1 and -1 (which some databases write for "true") count. */
export const readYesNo = reader(40, (found): Reading<boolean> => {
  if (typeof found === 'boolean') return understood(found);
  const number = asNumber(found);
  if (number === 0) return understood(false);
  if (number === 1 || number === -1) return understood(true);
  const word = typeof found === 'string' ? found.toLowerCase().replace(/[.!]$/, '') : '';
  if (yes.has(word)) return understood(true);
  if (no.has(word)) return understood(false);
  return unclear('not-yes-or-no');
});
