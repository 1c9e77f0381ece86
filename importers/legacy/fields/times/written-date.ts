/**
 * A date as written: its day, the time of day if any, and the rule that was applied if it can be read in more than one
 * way.
 */
export type WrittenDate = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Time since midnight, in milliseconds. */
  readonly timeOfDay: number;
  /** Minutes east of UTC; missing if the text does not say. */
  readonly offset?: number;
  readonly correction?: 'day-first' | 'month-first' | 'two-digit-year';
};

/** Why a text is not a date; `date-incomplete` means a year or a month without a day. */
export type DateProblem = 'not-a-date' | 'date-incomplete' | 'date-ambiguous';

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
/** Spanish months whose first three letters differ from the English ones. */
const spanish: Readonly<Record<string, number>> = { ene: 1, abr: 4, ago: 8, set: 9, dic: 12 };
const monthName =
  /^(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|ene(?:ro)?|febrero|marzo|abr(?:il)?|mayo|junio|julio|ago(?:sto)?|sep?tiembre|octubre|noviembre|dic(?:iembre)?)$/;

const monthOf = (word: string): number | undefined => {
  const name = word.toLowerCase().replace(/\.$/, '');
  if (!monthName.test(name)) return undefined;
  const start = name.slice(0, 3);
  return spanish[start] ?? months.indexOf(start) + 1;
};

/** Zones that American software writes by name, in hours east of UTC. */
const zones: Readonly<Record<string, number>> = {
  z: 0,
  utc: 0,
  gmt: 0,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
  akst: -9,
  akdt: -8,
  hst: -10,
};

const weekday = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+/i;
const clock =
  /(?:^|[\sT,])\s?(?:at\s)?(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?\s?([ap])?\.?(?:m\.?)?\s?(?:(z|utc|gmt|[a-z]{3,4})?\s?([-+]\d{1,2}:?(?:\d{2})?)?)?\s?(?:\([^()]*\))?$/i;

/**
 * Reads a date in any form that people and software write: ISO 8601 (also `2018-9-7`, `2018/09/17`, `20180917`,
 * `20180917T100000Z`), `09/17/2018`, `Sep 17, 2018`, `17 September 2018`, `17-Sep-2018`, and the formats of JavaScript,
 * RFC 2822 and Unix, each with or without a time.
 *
 * Of two numbers before the year, the one above 12 is the day, whatever the order: `17/09/2018` (`day-first`). If both
 * could be the month, slashes and dashes are read the American way, month first, with a warning (`month-first`). Dots
 * are not read (`date-ambiguous`), since most people who write dots put the day first. A two-digit year is read only if
 * the rest is certain.
 *
 * @param found a short text, trimmed
 */
export const writtenDate = (found: string): WrittenDate | DateProblem => {
  const text = found
    .replace(/\s+/g, ' ')
    .replace(weekday, '')
    .replace(/^(\w{3} \d{1,2}) ([\d:]+ [a-z]{3,4}) (\d{4})$/i, '$1 $3 $2');
  const { day: dayText, time } = splitTime(text);
  const day = dayOf(dayText);
  if (typeof day === 'string') return day;
  const clockTime = time === undefined ? { timeOfDay: 0 } : timeOf(time);
  if (clockTime === undefined || !isDay(day.year, day.month, day.day)) return 'not-a-date';
  return { ...day, ...clockTime };
};

/** Splits off the time, which has a colon or follows a `T`. */
const splitTime = (text: string): { readonly day: string; readonly time?: string } => {
  const at = /[\sT,]\s?(?:at\s)?\d{1,2}:\d{2}|(?<=\d)T\d{2}/i.exec(text)?.index;
  return at === undefined ? { day: text } : { day: text.slice(0, at).replace(/,$/, ''), time: text.slice(at) };
};

const timeOf = (time: string): Pick<WrittenDate, 'timeOfDay' | 'offset'> | undefined => {
  const match = clock.exec(time);
  if (match === null) return undefined;
  const [, hours, minutes, seconds = '0', fraction = '', half, zone, shift] = match;
  const hour = half === undefined ? Number(hours) : (Number(hours) % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  if (hour > 24 || Number(minutes) > 59 || Number(seconds) > 60 || (half !== undefined && Number(hours) > 12))
    return undefined;
  const named = zone === undefined ? undefined : zones[zone.toLowerCase()];
  if (zone !== undefined && named === undefined) return undefined;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const timeOfDay = ((hour * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + milliseconds;
  const offset = shift !== undefined ? minutesOf(shift) : named === undefined ? undefined : named * 60;
  return { timeOfDay, ...(offset === undefined ? {} : { offset }) };
};

const minutesOf = (shift: string): number => {
  const digits = shift.slice(1).replace(':', '');
  const [hours, minutes] = digits.length <= 2 ? [digits, '0'] : [digits.slice(0, -2), digits.slice(-2)];
  return (shift.startsWith('-') ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
};

type Day = Pick<WrittenDate, 'year' | 'month' | 'day' | 'correction'>;

const dayOf = (text: string): Day | DateProblem => {
  const iso = /^(\d{4})(-|\/|\.|)(\d{1,2})\2(\d{1,2})$/.exec(text);
  if (iso !== null && (iso[2] !== '' || text.length === 8)) {
    return { year: Number(iso[1]), month: Number(iso[3]), day: Number(iso[4]) };
  }
  const numeric = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$/.exec(text);
  if (numeric !== null) return ofNumbers(Number(numeric[1]), Number(numeric[3]), numeric[4]!, numeric[2]!);
  if (/^(?:1[89]|20|21)\d{2}(?:[-/.]\d{1,2})?$|^\d{1,2}[-/.]\d{4}$/.test(text)) return 'date-incomplete';
  return ofWords(text);
};

const ofNumbers = (first: number, second: number, yearText: string, separator: string): Day | DateProblem => {
  const dayFirst = first > 12;
  if (dayFirst && second > 12) return 'not-a-date';
  const certain = dayFirst || second > 12 || first === second;
  const year = yearOf(yearText);
  if (yearText.length === 2) {
    // "17/09/18" may be the 17th or 2017.
    if (separator !== '/' || dayFirst || second <= 12) return 'date-ambiguous';
    return { year, month: first, day: second, correction: 'two-digit-year' };
  }
  if (!certain && separator === '.') return 'date-ambiguous';
  if (dayFirst) return { year, month: second, day: first, correction: 'day-first' };
  return { year, month: first, day: second, ...(certain ? {} : { correction: 'month-first' }) };
};

/** A two-digit year up to 68 is in this century, as in POSIX. */
const yearOf = (text: string): number => {
  const number = Number(text);
  return text.length === 4 ? number : number <= 68 ? 2000 + number : 1900 + number;
};

/** Of two numbers before the year, which one is the day. */
export const dateOrders = ['day-first', 'month-first'] as const;
export type DateOrder = (typeof dateOrders)[number];

/** Three numbers, the last of which is the year; a time may follow. */
const numeric = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?![\d.])/;

/**
 * A date of three numbers whose order is known, in the order that needs no rule: `02.05.24 10:00` is `2024-05-02 10:00` with the day
 * first. Any other text, and one that is no date in that order, stays as it is.
 */
export const yearFirst = (text: string, order: DateOrder): string => {
  const [whole, one, , two, yearText] = numeric.exec(text.trim()) ?? [];
  if (whole === undefined) return text;
  const [day, month] = order === 'day-first' ? [Number(one), Number(two)] : [Number(two), Number(one)];
  const year = yearOf(yearText!);
  if (!isDay(year, month, day)) return text;
  const padded = (number: number) => String(number).padStart(2, '0');
  return `${year}-${padded(month)}-${padded(day)}${text.trim().slice(whole.length)}`;
};

/**
 * Which order a date of three numbers can only have, because one of them is above 12; `undefined` if it can have either, or is no such
 * date.
 */
export const dateOrderOf = (text: string): DateOrder | undefined => {
  const [, one, , two] = numeric.exec(text.trim()) ?? [];
  const [first, second] = [Number(one), Number(two)];
  if (first > 12 && first <= 31 && second <= 12) return 'day-first';
  return second > 12 && second <= 31 && first <= 12 ? 'month-first' : undefined;
};

const ofWords = (text: string): Day | DateProblem => {
  const parts = text
    .replace(/,/g, ' ')
    .split(/[\s/-]+/)
    .filter((part) => part !== '' && !/^(?:of|the|de|del)$/i.test(part))
    .map((part) => part.replace(/^(\d{1,2})(?:st|nd|rd|th|º)$/i, '$1').replace(/^(\d+)\.$/, '$1'));
  const named = parts.map(monthOf);
  const month = named.find((number) => number !== undefined);
  if (month === undefined || named.filter((number) => number !== undefined).length > 1) return 'not-a-date';
  const [one, two, ...more] = parts.filter((_, index) => named[index] === undefined);
  if (one === undefined || more.length > 0 || ![one, two ?? '1'].every((part) => /^\d{1,4}$/.test(part)))
    return 'not-a-date';
  if (two === undefined) return one.length === 4 ? 'date-incomplete' : 'not-a-date';
  const [day, year] = one.length === 4 ? [two, one] : [one, two];
  if (day.length > 2 || (year.length !== 4 && year.length !== 2)) return 'not-a-date';
  if (year.length === 2) {
    // "17-Sep-18": a number up to 31 could also be the year, unless it comes last.
    return one.length <= 2 && named[0] === undefined
      ? { year: yearOf(year), month, day: Number(day), correction: 'two-digit-year' }
      : 'date-ambiguous';
  }
  return { year: Number(year), month, day: Number(day) };
};

/** The 31st of February is not a day, although `Date.UTC` accepts it. */
export const isDay = (year: number, month: number, day: number): boolean => {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 100 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
};
