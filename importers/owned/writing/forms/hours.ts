import { pick } from '../../../../domain/changes.ts';
import {
  type DayOfWeek,
  dayNamed,
  dayNames,
  daysOfWeek,
  type HoursByDay,
  spansOfDays,
} from '../../../../domain/days-of-week.ts';
import { isOff, partsOfHours, timeOfDay } from '../../../legacy/fields/times/working-hours.ts';
import { isPlain, type RawDocument } from '../edits.ts';
import type { Forms } from './forms.ts';
import { inItsCase } from './in-its-case.ts';

type Span = readonly [string, string];

/** How hours of the afternoon are written where nothing says which half of the day is meant: `9-5` or `9-17`. */
type Clock = 'of-12' | 'of-24';

/**
 * Ways of writing working hours in the form of those that they replace. Text stays text, and a sub-document keeps the names of its days.
 * @param like what other documents have, for one that has none
 */
export const hoursForms = (before: unknown, wanted: unknown, like: unknown): Forms => {
  if (!isPlain(wanted)) return [null];
  const hours = wanted as HoursByDay;
  if (typeof before === 'string') return textForms(before, hours);
  if (isPlain(before)) return (['of-12', 'of-24'] as const).map((clock) => documentLike(before, hours, clock));
  return typeof like === 'string' ? [...textForms(like, hours), hours] : [hours];
};

const textForms = (before: string, hours: HoursByDay): readonly string[] => [
  ...(['of-12', 'of-24'] as const).map((clock) => textLike(before, hours, clock)),
  textLike('Mon-Fri 09:00-17:00', hours, 'of-24'),
];

/** Parts whose days still have the same hours as each other stay; other days follow in parts of their own. */
const textLike = (before: string, hours: HoursByDay, clock: Clock): string => {
  const parts = partsOfHours(before);
  const left = new Set(daysOfWeek.filter((day) => hours[day] !== undefined));
  const kept = parts.flatMap(({ named, days: on = [], rest }) => {
    const [first] = on;
    if (first === undefined) return [];
    if (isOff(rest)) return on.some((day) => left.has(day)) ? [] : [{ first, text: `${named}${rest}` }];
    const span = hours[first];
    if (span === undefined || !on.every((day) => left.has(day) && isSame(hours[day], span))) return [];
    for (const day of on) left.delete(day);
    return [{ first, text: `${named}${spanLike(rest, span, clock)}` }];
  });
  const like = parts.find(({ named, days: on, rest }) => on !== undefined && named !== '' && !isOff(rest));
  const form = like ?? { named: 'Mon-Fri ', rest: parts.find(({ rest }) => !isOff(rest))?.rest ?? '9-17' };
  const added = spansOfDays(pick(hours, [...left])).map(({ first, last, from, to }) => ({
    first,
    text: `${daysLike(form.named, first, last)}${spanLike(form.rest, [from, to], clock)}`,
  }));
  return [...kept, ...added]
    .toSorted((one, other) => daysOfWeek.indexOf(one.first) - daysOfWeek.indexOf(other.first))
    .map(({ text }) => text)
    .join(/\s*[,;\n]\s*/.exec(before.trim())?.[0] ?? ', ');
};

const isSame = (one: Span | undefined, other: Span): boolean => one?.[0] === other[0] && one[1] === other[1];

/** The name of a day in full or its first letters, as another one is. */
const dayLike = (name: string, day: DayOfWeek): string => inItsCase(name, /day$/i.test(name) ? dayNames[day] : day);

/** The names of days in one part: `Mon-Fri: ` → `Tue-Thu: `. */
const daysLike = (named: string, from: DayOfWeek, to: DayOfWeek): string => {
  const [first = 'Mon', second] = [...named.matchAll(/[a-z]+/gi)]
    .map(([word]) => word)
    .filter((word) => dayNamed(word));
  const end = /\s*:?\s*$/.exec(named)?.[0] || ' ';
  const between = second === undefined ? '-' : named.slice(first.length, named.lastIndexOf(second));
  const names = from === to ? [from] : [from, to];
  return `${names.map((day) => dayLike(first, day)).join(between)}${end}`;
};

const twoTimes = /^(\s*)(.+?)(\s*(?:-|–|—|to|until)\s*)(.+?)(\s*)$/i;

/** From when to when, in text: `9am – 5pm`. */
const spanLike = (text: string, [from, to]: Span, clock: Clock): string => {
  const [, start = '', one = '09:00', between = '-', other = '17:00', end = ''] = twoTimes.exec(text) ?? [];
  return `${start}${timeLike(one, from, other, clock)}${between}${timeLike(other, to, one, clock)}${end}`;
};

const clockTime = /^(\d{1,2})(?:([:.h]?)([0-5]\d))?(:00)?(?:(\s?)([ap])(\.?(?:m\.?)?))?$/i;

/** A time of day as another one is written. @param beside the other end, if this one has no digits: `noon` */
const timeLike = (before: string, time: string, beside: string, clock: Clock): string => {
  if (timeOfDay(before) === time && clock === 'of-24') return before;
  const [, digits, separator = ':', minutes, seconds = '', space = '', half, rest = ''] =
    clockTime.exec(before.trim()) ?? clockTime.exec(beside.trim()) ?? [];
  const [hour, minute] = time.split(':').map(Number) as [number, number];
  if (digits === undefined) return time;
  if (half !== undefined && hour === 24) return 'midnight';
  const isOf12 =
    half !== undefined ||
    (clock === 'of-12' && hour > 12 && /^(?:[1-9]|1[0-2])$/.test(digits) && minutes === undefined);
  const shown = String(isOf12 ? hour % 12 || 12 : hour);
  const isPadded = digits.startsWith('0') || (digits.length === 2 && minutes !== undefined && half === undefined);
  const letter = hour < 12 ? 'a' : 'p';
  return [
    isPadded ? shown.padStart(2, '0') : shown,
    minutes !== undefined || minute !== 0 ? `${separator || ':'}${String(minute).padStart(2, '0')}` : '',
    seconds,
    half === undefined ? '' : `${space}${half === half.toLowerCase() ? letter : letter.toUpperCase()}${rest}`,
  ].join('');
};

/** A sub-document with other hours; a day that is off now says so as others do. */
const documentLike = (before: RawDocument, hours: HoursByDay, clock: Clock): RawDocument => {
  const names = Object.keys(before);
  const named = (day: DayOfWeek) => names.find((name) => dayNamed(name) === day);
  const off = Object.values(before).find((part) => part === false || isOff(part)) ?? null;
  const like = Object.entries(before).find(([name, part]) => dayNamed(name) !== undefined && isSpan(part));
  return {
    ...Object.fromEntries(
      names.map((name) => {
        const day = dayNamed(name);
        const [part, span] = [before[name], day === undefined ? undefined : hours[day]];
        if (day === undefined || (span === undefined && !isSpan(part))) return [name, part];
        return [name, span === undefined ? off : partLike(isSpan(part) ? part : like?.[1], span, clock)];
      }),
    ),
    ...Object.fromEntries(
      daysOfWeek.flatMap((day) => {
        const span = hours[day];
        if (span === undefined || named(day) !== undefined) return [];
        return [[dayLike(like?.[0] ?? 'mon', day), partLike(like?.[1], span, clock)]];
      }),
    ),
  };
};

const isSpan = (part: unknown): boolean =>
  Array.isArray(part) || isPlain(part) || (typeof part === 'string' && !isOff(part));

/** The hours of one day: `9-5`, `["09:00", "17:00"]`, `{ from, to }`. */
const partLike = (before: unknown, span: Span, clock: Clock): unknown => {
  if (typeof before === 'string') return spanLike(before, span, clock);
  const ends = (texts: readonly unknown[]) =>
    span.map((time, at) => (typeof texts[at] === 'string' ? timeLike(texts[at], time, texts[at], 'of-24') : time));
  if (!isPlain(before)) return ends(Array.isArray(before) ? before : []);
  const names = [
    ['from', 'start', 'open'],
    ['to', 'end', 'close'],
  ].map((some) => some.find((name) => (before[name] ?? null) !== null) ?? some[0]!);
  const [from, to] = ends(names.map((name) => before[name]));
  return { ...before, [names[0]!]: from, [names[1]!]: to };
};
