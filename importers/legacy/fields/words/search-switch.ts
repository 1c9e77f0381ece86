import { isDocument, isMissing, type Reading, spelling, unclear, understood } from '../../reading.ts';
import { readTimestamp } from '../times/date.ts';
import { readYesNo } from './yes-no.ts';

/** Fields where yes means "on", and fields where yes (or a date) means "off", by the `spelling` of their names. */
const onNames = new Set(
  'active isactive enabled isenabled alertsenabled emailalerts sendalerts sendemail sendemails emailenabled notify notifications notificationsenabled subscribed issubscribed'.split(
    ' ',
  ),
);
const offNames = new Set(
  'paused ispaused pausedat disabled isdisabled disabledat inactive isinactive archived isarchived archivedat deleted isdeleted deletedat suspended stopped unsubscribed isunsubscribed unsubscribedat optout emailoptout donotemail'.split(
    ' ',
  ),
);
const statusNames = new Set(['status', 'state']);
const onWords = new Set(['active', 'enabled', 'live', 'running', 'subscribed']);
const offWords = new Set(
  'paused inactive disabled stopped suspended archived deleted unsubscribed cancelled canceled expired ended closed'.split(
    ' ',
  ),
);

/** Whether a field with this name is a switch. */
export const isSearchSwitch = (name: string): boolean =>
  [onNames, offNames, statusNames].some((names) => names.has(spelling(name)));

/** Whether a saved search is on, and which switches could not be understood. */
export type SearchSwitch = {
  readonly on: boolean;
  readonly unclear: readonly { readonly name: string; readonly code: string; readonly found: unknown }[];
};

/**
 * Reads every switch of a saved search: `active`, `enabled`, `paused`, `deletedAt`, `status`, … The search is on unless
 * one of them says "off".
 */
export const readSearchSwitch = (document: Readonly<Record<string, unknown>>): SearchSwitch => {
  const readings = Object.entries(document).map(([name, found]) => ({
    name,
    found,
    ...readOne(spelling(name), found),
  }));
  return {
    on: readings.every(({ value }) => value !== false),
    unclear: readings.flatMap(({ name, found, warning }) =>
      warning === undefined ? [] : [{ name, code: warning, found }],
    ),
  };
};

const readOne = (name: string, found: unknown): Reading<boolean> => {
  const kind = onNames.has(name) ? 'on' : offNames.has(name) ? 'off' : statusNames.has(name) ? 'status' : undefined;
  if (kind === undefined || isMissing(found)) return {};
  const word = typeof found === 'string' ? spelling(found) : '';
  if (onWords.has(word)) return understood(true);
  if (offWords.has(word)) return understood(false);
  if (kind === 'status') return unclear('not-yes-or-no');
  const { value } = readYesNo(found);
  if (value !== undefined) return understood(kind === 'on' ? value : !value);
  const isDate = kind === 'off' && !isDocument(found) && readTimestamp(found).value !== undefined;
  return isDate ? understood(false) : unclear('not-yes-or-no');
};
