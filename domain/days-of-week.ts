/** The days of the week, in order, as working hours and routing policies name them. */
export const daysOfWeek = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type DayOfWeek = (typeof daysOfWeek)[number];

/** Their names in full. */
export const dayNames: Readonly<Record<DayOfWeek, string>> = {
  mon: 'monday',
  tue: 'tuesday',
  wed: 'wednesday',
  thu: 'thursday',
  fri: 'friday',
  sat: 'saturday',
  sun: 'sunday',
};

/** The day for a name of it, or its first three letters or more: `Monday`, `mondays`, `tues.`, `thurs`. */
export const dayNamed = (name: string): DayOfWeek | undefined => {
  const word = name.trim().toLowerCase().replace(/\.$/, '');
  const names = [word, word.replace(/s$/, '')].filter(({ length }) => length >= 3);
  return daysOfWeek.find((day) => names.some((one) => dayNames[day].startsWith(one)));
};

/** The days from one to another, across the weekend if necessary: `fri` to `mon` are four. */
export const daysFrom = (first: DayOfWeek, last: DayOfWeek): readonly DayOfWeek[] => {
  const start = daysOfWeek.indexOf(first);
  const inOrder = [...daysOfWeek.slice(start), ...daysOfWeek.slice(0, start)];
  return inOrder.slice(0, inOrder.indexOf(last) + 1);
};

/** The hours of each day; a missing day is a day off. */
export type HoursByDay = Readonly<Partial<Record<DayOfWeek, readonly [string, string]>>>;

/** Days in a row with the same hours. */
export type DaySpan = {
  readonly first: DayOfWeek;
  readonly last: DayOfWeek;
  readonly from: string;
  readonly to: string;
};

/** Hours as spans: days in a row with the same hours are one. */
export const spansOfDays = (hours: HoursByDay): readonly DaySpan[] => {
  const spans: DaySpan[] = [];
  for (const [index, day] of daysOfWeek.entries()) {
    const [from, to] = hours[day] ?? [];
    if (from === undefined || to === undefined) continue;
    const open = spans.at(-1);
    if (open !== undefined && open.last === daysOfWeek[index - 1] && open.from === from && open.to === to)
      spans[spans.length - 1] = { ...open, last: day };
    else spans.push({ first: day, last: day, from, to });
  }
  return spans;
};
