/** A moment as a clock that is some hours from UTC shows it: the day, or to the minute, the second or the millisecond. */
export const inZone = (moment: Date, hours: number, precision: 'day' | 'minute' | 'second' | 'millisecond'): string => {
  const shown = new Date(moment.getTime() + hours * 3_600_000).toISOString();
  return shown.slice(0, { day: 10, minute: 16, second: 19, millisecond: 23 }[precision]);
};

/** A moment in each way in which programs write the date of a change, where a server can be asked for the latest. */
export const datesWritten = (moment: Date) => ({
  Date: moment,
  milliseconds: moment.getTime(),
  seconds: Math.floor(moment.getTime() / 1000),
  'text in UTC': moment.toISOString(),
  'text to the second': `${inZone(moment, 0, 'second')}Z`,
  'text to the minute': inZone(moment, 0, 'minute'),
  'text with a zone to the east': `${inZone(moment, 14, 'millisecond')}+14:00`,
  'text with a zone to the west': `${inZone(moment, -12, 'second').replace('T', ' ')} -1200`,
  'text in local time to the east': inZone(moment, 14, 'second').replace('T', ' '),
  'text in local time to the west': inZone(moment, -12, 'second').replace('T', ' '),
  'text with slashes': inZone(moment, 14, 'second').replaceAll('-', '/').replace('T', ' '),
  'text of digits alone': `${inZone(moment, 0, 'second').replaceAll(/[-:]/g, '')}Z`,
  'text with dots': inZone(moment, 0, 'minute').replaceAll('-', '.').replace('T', ' '),
  'a day to the east': inZone(moment, 14, 'day'),
  'a day to the west': inZone(moment, -12, 'day'),
});
