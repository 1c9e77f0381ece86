import { consentKindOf } from '../../consent/names.ts';
import { isDocument, isEmpty, type Reading, spelling, unclear, understood } from '../../reading.ts';
import { normaliseEmail } from '../people/email.ts';
import { readTimestamp } from '../times/date.ts';
import { readYesNo } from './yes-no.ts';

/**
 * Names by their `spelling`: fields where yes means "on", fields where yes (or a date) means "off", and fields that give the date
 * of a switch.
 */
const onNames =
  /^(?:is)?(?:active|enabled|live|subscribed)(?:yn|flag)?$|^(?:e?mails?|alerts?|notif(?:y|ications?))(?:enabled|active|alerts?|notifications?)?$|^(?:send|receive|wants?)(?:e?mails?|alerts?|notifications?|updates?)$|^(?:alerts|e?mails|notifications)(?:are)?(?:enabled|active|on)$/;
const offNames =
  /^(?:is|was|has|e?mails?|alerts?|user)*(?:paused?|snoozed?|muted?|disabled?|deactivated|inactive|archived?|deleted?|removed?|trashed|suspended|stop|stopped|onhold|hold|cancell?ed|closed|hidden|blocked|expired|completed?)(?:at|on|date|yn|flag)?$/;
const untilNames =
  /^(?:is)?(?:(?:paused?|snoozed?|muted?|suspended|disabled?|hold|onhold|active|valid|ends?|starts?)(?:until|till|through|to|from|after|on|at|date|time|dates)+|expir(?:es?|y|ation)(?:on|at|date|time)*|until)$/;
const statusNames = new Set(['status', 'state']);
const onWords = new Set(['active', 'enabled', 'live', 'running', 'subscribed']);
const offWords = new Set(
  'paused inactive disabled stopped suspended archived deleted unsubscribed cancelled canceled expired ended closed deactivated notactive snoozed muted removed onhold hold'.split(
    ' ',
  ),
);

type Kind = 'on' | 'off' | 'until' | 'status';

const kindOf = (name: string): Kind | undefined => {
  if (name.length > 60) return undefined;
  if (statusNames.has(name)) return 'status';
  if (onNames.test(name)) return 'on';
  if (offNames.test(name)) return 'off';
  if (untilNames.test(name)) return 'until';
  const consent = consentKindOf('', name);
  return consent === 'opt-out' ? 'off' : consent === 'opt-in' ? 'on' : undefined;
};

/** Whether a field with this name is a switch. */
export const isSearchSwitch = (name: string): boolean => kindOf(spelling(name)) !== undefined;

/** Whether a saved search is on, and which switches could not be understood. */
export type SearchSwitch = {
  readonly on: boolean;
  readonly unclear: readonly { readonly name: string; readonly code: string; readonly found: unknown }[];
};

/**
 * Reads every switch of a saved search, whatever its name: `active`, `enabled`, `paused`, `deletedAt`, `optedOut`, `status`, … The
 * search is on unless one of them says "off". A switch by date (`expiresAt`, `pausedUntil`) is not understood: openhouse has none.
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

const isAddress = (found: unknown) => typeof found === 'string' && normaliseEmail(found) !== undefined;

const readOne = (name: string, found: unknown): Reading<boolean> => {
  const kind = kindOf(name);
  if (kind === undefined || isEmpty(found)) return {};
  const word = typeof found === 'string' ? spelling(found.slice(0, 100)) : '';
  // Whose search it is, or where its e-mails go.
  if ((Array.isArray(found) ? found : [found]).every(isAddress)) return {};
  if (onWords.has(word)) return understood(true);
  if (offWords.has(word)) return understood(false);
  if (kind === 'status') return word === 'on' || word === 'off' ? understood(word === 'on') : unclear('not-yes-or-no');
  const { value } = readYesNo(found);
  if (kind === 'until') return value === false ? {} : unclear('switch-by-date');
  if (value !== undefined) return understood(kind === 'on' ? value : !value);
  const isDate = kind === 'off' && !isDocument(found) && readTimestamp(found).value !== undefined;
  return isDate ? understood(false) : unclear('not-yes-or-no');
};
