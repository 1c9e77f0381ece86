const formatters = new Map<string, { readonly day: Intl.DateTimeFormat; readonly zone: Intl.DateTimeFormat }>();

const formattersOf = (timeZone: string) => {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = {
    day: new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }),
    zone: new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'short' }),
  };
  formatters.set(timeZone, made);
  return made;
};

const partsOf = (at: Date, timeZone: string): readonly [time: string, zone: string] => {
  if (timeZone === 'UTC') return [at.toISOString().slice(0, 19).replace('T', ' '), 'UTC'];
  const { day, zone } = formattersOf(timeZone);
  const name = zone.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
  return [day.format(at), name];
};

/** `2026-03-31 14:05:09 UTC`, or in another time zone. */
export const formatTime = (iso: string, timeZone = 'UTC'): string => partsOf(new Date(iso), timeZone).join(' ');

/** `2026-03-31 10:05 EDT`: without seconds, for tables. */
export const formatMinute = (at: Date, timeZone: string): string => {
  const [time, zone] = partsOf(at, timeZone);
  return `${time.slice(0, -3)} ${zone}`;
};

/** Whether this is the name of a time zone, such as `America/New_York`. */
export const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};
