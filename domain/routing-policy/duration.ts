const units: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 24 * 60 };

/** A time span as policies write it: `30 minutes`, `2 hours`, `1 day`. */
export const durationPattern = /^([1-9]\d{0,5}) (minute|hour|day)s?$/;

/** How many minutes a time span has. @throws on text that `durationPattern` does not match */
export const minutesOf = (duration: string): number => {
  const [, count, unit] = durationPattern.exec(duration) ?? [];
  if (count === undefined || unit === undefined) throw new Error(`${duration} is not a time span`);
  return Number(count) * units[unit]!;
};
