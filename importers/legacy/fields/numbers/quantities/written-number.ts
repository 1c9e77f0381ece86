/** One way to read digits with separators; `correction` names the rule unless it is the American way. */
export type NumberReading = {
  readonly number: number;
  /** How many digits follow the decimal separator. */
  readonly decimals: number;
  readonly correction?: 'thousands-separator-dot' | 'decimal-comma';
};

/**
 * Digits with any separators that people use, as the source of a pattern: `450,000`, `1.250.000,50`, `1'250'000`,
 * `1 250 000`. Only used on short texts (see `reader`).
 */
export const digitsPattern = String.raw`(?:\d{1,3}(?:[ '’‘´_]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*|\.\d+)`;

/**
 * Every way to read such digits, the American one first: a comma or a single dot before three digits may be either
 * separator, and only the measure can decide (no home costs $450). Empty if no convention writes numbers like that
 * (`45,0,00`).
 */
export const numberReadings = (digits: string): readonly NumberReading[] => {
  const text = digits.replace(/[ '’‘´_]/g, '');
  if (/^\d+$/.test(text)) return [reading(text)];
  if (/^\d*\.\d+$/.test(text)) {
    const grouped = /^[1-9]\d{0,2}\.\d{3}$/.test(text);
    return [reading(text), ...(grouped ? [reading(text.replace('.', ''), 'thousands-separator-dot')] : [])];
  }
  if (/^\d+,\d+$/.test(text)) {
    const decimal = reading(text.replace(',', '.'), 'decimal-comma');
    return /^\d{1,3},\d{3}$/.test(text) ? [reading(text.replace(',', '')), decimal] : [decimal];
  }
  if (/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text)) return [reading(text.replaceAll(',', ''))];
  if (/^[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?$/.test(text)) {
    return [reading(text.replaceAll('.', '').replace(',', '.'), 'thousands-separator-dot')];
  }
  return [];
};

const reading = (text: string, correction?: NumberReading['correction']): NumberReading => ({
  number: Number(text),
  decimals: /\.(\d+)$/.exec(text)?.[1]?.length ?? 0,
  ...(correction === undefined ? {} : { correction }),
});
