import type { AssociationFeeFrequency } from '../../../../domain/reso.ts';
import { partsOfFee } from '../../../legacy/fields/numbers/association-fee.ts';
import type { Mongo } from '../../../mongo/connect.ts';
import { isPlain } from '../edits.ts';
import { type Forms, formsOf } from './forms.ts';
import { inItsCase } from './in-its-case.ts';

/** How often, in one word: in full, as a noun, and short. */
const words: Readonly<Record<AssociationFeeFrequency, readonly [string, string?, string?]>> = {
  Annually: ['annually', 'year', 'yr'],
  'Bi-Monthly': ['bi-monthly'],
  'Bi-Weekly': ['bi-weekly'],
  Daily: ['daily', 'day', 'day'],
  Monthly: ['monthly', 'month', 'mo'],
  'One Time': ['one-time'],
  Quarterly: ['quarterly', 'quarter', 'qtr'],
  Seasonal: ['seasonally', 'season'],
  'Semi-Annually': ['semi-annually'],
  'Semi-Monthly': ['semi-monthly'],
  Weekly: ['weekly', 'week', 'wk'],
};
const short = /^(?:yr?|mos?|mth|mnth|mon|m|qtr|q|wk)\.?$/i;
const noun = /^(?:year|months?|quarter|week|day|season)$/i;
const each = /^((?:(?:paid|billed|due|payable)\s)?(?:per|an?|each)\s)(.*)$/i;

/** How often, in the form of the word that it replaces: `per month` → `per quarter`, `mo` → `qtr`. */
export const frequencyForms = (before: unknown, frequency: unknown): readonly string[] => {
  const known = Object.entries(words).find(([name]) => name === frequency)?.[1];
  if (known === undefined) return [];
  const [inFull, asNoun, asShort] = known;
  if (typeof before !== 'string') return [inFull];
  const [, start = '', word = before.trim()] = each.exec(before.trim()) ?? [];
  const form = short.test(word) ? asShort : noun.test(word) ? asNoun : undefined;
  return [...(form === undefined ? [] : [`${start}${inItsCase(word, form)}`]), inItsCase(word, inFull)];
};

/**
 * Ways of writing a fee in one value that may also say how often it is due: `$350/mo`, `Quarterly: $1,200`, `{ amount, frequency }`.
 * @param wanted.frequency `null` where the value should not say it
 */
export const feeForms = (
  bson: Mongo['bson'],
  before: unknown,
  wanted: { readonly fee: unknown; readonly frequency: unknown },
): Forms => {
  const { fee, frequency } = wanted;
  if (Array.isArray(before) && before.length === 1) return feeForms(bson, before[0], wanted).map((form) => [form]);
  if (isPlain(before)) {
    const nameOf = (...names: readonly string[]) => names.find((name) => (before[name] ?? null) !== null);
    const [feeAt, often] = [nameOf('amount', 'fee', 'value'), nameOf('frequency', 'period', 'interval')];
    if (feeAt === undefined) return [];
    const inner = often === undefined ? wanted : { fee, frequency: null };
    return feeForms(bson, before[feeAt], inner).flatMap((amount) => {
      const next = { ...before, [feeAt]: amount };
      if (often === undefined) return [next];
      return [...frequencyForms(before[often], frequency), frequency ?? null].map((form) => ({
        ...next,
        [often]: form,
      }));
    });
  }
  if (typeof before !== 'string' || fee === null || fee === undefined) return formsOf(bson, before, fee, []);
  const { amount, frequency: said } = partsOfFee(before);
  const at = typeof said === 'string' ? before.indexOf(said) : -1;
  const texts =
    typeof said !== 'string' || at < 0
      ? [before]
      : typeof frequency === 'string'
        ? frequencyForms(said, frequency).map(
            (form) => `${before.slice(0, at)}${form}${before.slice(at + said.length)}`,
          )
        : [String(amount)];
  const forms = texts.flatMap((text) => formsOf(bson, text, fee, []));
  const inWords = frequencyForms(undefined, frequency).flatMap((form) =>
    formsOf(bson, String(amount), fee, [])
      .filter((one) => typeof one === 'string')
      .map((one) => `${String(one)} ${form}`),
  );
  return [...forms, ...inWords];
};
