import { endNamed } from '../../../legacy/fields/numbers/ranges/range-names.ts';
import { type Edit, isPlain, type RawDocument, rawAt } from '../edits.ts';
import { type Forms, formsOf, separatorOf } from '../forms/forms.ts';
import { amountsIn, inStyleOf, isNumber } from '../forms/numbers.ts';
import { inUse, type Ways, type Writing } from './writing.ts';

/** A range as one value, which documents without sub-documents for it have: a number is a maximum. */
const oneValue = ({ bson }: Writing, like: unknown, min: unknown, max: unknown): Forms => {
  if (min !== null && max !== null)
    return [
      ...(typeof like === 'string' ? bothLike(like, Number(min), Number(max)) : []),
      `${String(min)}-${String(max)}`,
    ];
  if (max !== null) return formsOf(bson, like, max, []);
  if (min === null) return [null];
  return [...(typeof like === 'string' ? inStyleOf(like, Number(min)) : []), `${String(min)}+`];
};

/** Two numbers in the form of those in a text: `$300,000 to $450,000`, `300-450K`. */
const bothLike = (text: string, min: number, max: number): readonly string[] => {
  const [low, high, ...others] = amountsIn(text);
  if (low === undefined || high === undefined || others.length > 0) return [];
  const [first, between, second] = [text.slice(0, low.end), text.slice(low.end, high.start), text.slice(high.start)];
  const shared = low.factor === undefined && high.factor !== undefined ? inStyleOf(first, min / high.factor) : [];
  const firsts = [...shared, ...inStyleOf(first, min)];
  return inStyleOf(second, max).flatMap((end) => firsts.map((start) => `${start}${between}${end}`));
};

/** Both ends under the names that a sub-document has for them: `{ from, to }`. */
const endsLike = (before: RawDocument, min: unknown, max: unknown): RawDocument => {
  const nameOf = (end: 'min' | 'max') => Object.keys(before).find((name) => endNamed(name) === end) ?? end;
  return { [nameOf('min')]: min, [nameOf('max')]: max };
};

/** Both ends of a range: one value, `{min, max}`, or two fields of their own. */
export const range = (whole: string): Ways =>
  function* (writing) {
    const { listPriceMin: min = null, listPriceMax: max = null } = writing.wanted;
    const path = inUse(writing, whole);
    const [low, high] = [inUse(writing, 'listPriceMin'), inUse(writing, 'listPriceMax')];
    const apart: Edit[] =
      low !== undefined && high !== undefined
        ? [
            { path: low, value: min },
            { path: high, value: max },
          ]
        : [];
    if (path !== undefined) {
      const before = rawAt(writing.document, path);
      const clear = before === undefined ? [] : [{ path, value: null }];
      const like = before ?? writing.example(path);
      if (typeof like === 'string' || isNumber(like))
        for (const value of oneValue(writing, like, min, max)) yield [{ path, value }];
      if (isPlain(before)) yield [{ path, value: { ...before, ...endsLike(before, min, max) } }];
      if (apart.length > 0 && apart.some((edit) => rawAt(writing.document, edit.path) !== undefined))
        yield [...clear, ...apart];
      if (min !== null || max !== null)
        yield [{ path, value: { ...(min === null ? {} : { min }), ...(max === null ? {} : { max }) } }];
      yield [...clear, ...apart.filter((edit) => rawAt(writing.document, edit.path) !== undefined)];
    }
    if (apart.length > 0) yield apart;
  };

/** Cities and ZIP codes, which documents have in one list. */
export const areas: Ways = function* (writing) {
  const { cities, postalCodes } = writing.wanted as Record<string, string[] | null | undefined>;
  const all = [...(cities ?? []), ...(postalCodes ?? [])];
  const path = inUse(writing, 'cities');
  if (path === undefined) return;
  const before = rawAt(writing.document, path);
  if (typeof before === 'string') yield [{ path, value: all.join(separatorOf(before)) }];
  yield [{ path, value: all }];
  const others = writing
    .pathsOf('cities')
    .filter((other) => other !== path && rawAt(writing.document, other) !== undefined);
  yield [{ path, value: all }, ...others.map((other) => ({ path: other, value: null }))];
};
