const units: readonly (readonly [RegExp, number])[] = [
  [/^(m|min|mins|minute|minutes)$/, 60_000],
  [/^(h|hr|hrs|hour|hours)$/, 3_600_000],
  [/^(d|day|days)$/, 86_400_000],
  [/^(w|wk|week|weeks)$/, 7 * 86_400_000],
];

/** Anything longer is “until further notice”. */
const longestMs = 366 * 86_400_000;

/** `2h`, `90 min`, `3 days`, `1h30m` in ms; `null` for anything else, for nothing, and for more than a year. */
export const parseDuration = (text: string): number | null => {
  const parts = [
    ...text
      .trim()
      .toLowerCase()
      .matchAll(/(\d{1,5}(?:\.\d{1,2})?)\s*([a-z]+)[\s,]*/g),
  ];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text.trim().toLowerCase()) return null;
  let ms = 0;
  for (const [, amount, word] of parts) {
    const unit = units.find(([pattern]) => pattern.test(word!));
    if (unit === undefined) return null;
    ms += Number(amount) * unit[1];
  }
  return ms > 0 && ms <= longestMs ? Math.round(ms) : null;
};
