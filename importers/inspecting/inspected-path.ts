import { type DateOrder, dateOrders } from '../legacy/fields/times/written-date.ts';
import { spelling } from '../legacy/reading.ts';
import { wordsOf } from './nouns.ts';
import type { PathProfile } from './path-profile.ts';
import { isPersonal } from './personal-paths.ts';
import type { Target } from './references-found.ts';

/** What is at one path of a collection. Counts are of documents; a value in a list counts each time. */
export type InspectedPath = {
  readonly path: string;
  readonly documents: number;
  readonly types: Readonly<Record<string, number>>;
  /** The fields of openhouse that it feeds: `listings.listPrice`. */
  readonly feeds: readonly string[];
  /** Nothing reads it. */
  readonly unread: boolean;
  /** Its values may be personal: only their shapes are shown. */
  readonly personal: boolean;
  /** The different spellings of a short field. */
  readonly values?: Readonly<Record<string, number>>;
  /** What texts look like, without what they say: `(999) 999-9999`. */
  readonly shapes?: Readonly<Record<string, number>>;
  /** What most texts look like. */
  readonly looksLike?: string;
  readonly numbers?: { readonly min: number; readonly max: number };
  /** What its values equal in other documents, the surest first. */
  readonly refersTo?: readonly Target[];
  /** ISO 8601. */
  readonly dates?: { readonly min: string; readonly max: string };
  /** Of dates of three numbers: which one is the day, if some of them show it and none shows the other. */
  readonly dateOrder?: DateOrder;
};

/** The share from which the values of a path count as references. */
export const mostOfThem = 0.6;

/** What the values of a path refer to, if they are references. */
export const referenceIn = (path: InspectedPath): Target | undefined => {
  const [first] = path.refersTo ?? [];
  if (first === undefined || first.share < mostOfThem) return undefined;
  return !isSmallNumber(path) || shareAPart(path.path, first.in) ? first : undefined;
};

/**
 * The range of the numbers at a path, also of those that are text (`"3"`, `"2,5"`, `"1850"`), there by their digits; `undefined` if
 * most texts are something else.
 */
export const numbersAt = ({
  types,
  numbers,
  values = {},
  shapes = {},
}: InspectedPath): { readonly min: number; readonly max: number } | undefined => {
  if (numbers !== undefined || (types.text ?? 0) === 0) return numbers;
  const texts = Object.entries({ ...values, ...shapes }).filter(([text]) => text.trim() !== '');
  const plain = texts.filter(([text]) => /^\d+(?:[.,]\d{1,2})?$/.test(text.trim()));
  const sum = (some: typeof texts) => some.reduce((all, [, count]) => all + count, 0);
  if (plain.length === 0 || sum(plain) < 0.9 * sum(texts)) return undefined;
  // A shape of three digits, `999`, may be any number from 100 on.
  const isShape = Object.keys(values).length === 0;
  const most = plain.map(([text]) => Number(text.replace(',', '.')));
  const least = isShape ? plain.map(([text]) => 10 ** (text.split(/[.,]/)[0]!.length - 1)) : most;
  return { min: Math.min(...least), max: Math.max(...most) };
};

/** Such numbers are the `_id`s of something nearly always. */
export const isSmallNumber = (path: InspectedPath): boolean => (numbersAt(path)?.max ?? 1_000) < 1_000;

/** `inm_usr` and `tbl_usr`, `agentNo` and `agents`. */
export const shareAPart = (path: string, collection: string): boolean => {
  const parts = (text: string) => wordsOf(text).map((part) => spelling(part).slice(0, 4));
  const own = parts(path).filter((part) => part.length >= 3);
  return own.some((part) => parts(collection).includes(part));
};

/** What is at a path, as far as it may be shown. */
export const inspectedPath = (
  path: string,
  found: PathProfile,
  feeds: readonly string[],
  unread: boolean,
): InspectedPath => {
  const isSwitch = [...found.types.keys()].every((type) => type === 'yes/no');
  const personal = !isSwitch && isPersonal(path, feeds, found);
  const different = found.values === 'many' ? Number.POSITIVE_INFINITY : found.values.size;
  const isLookup = different > 0 && different <= 40 && (found.valueCount >= 2 * different || different <= 3);
  const texts = [...found.shapes.values()].reduce((sum, count) => sum + count, 0);
  const [look] = [...found.looks].sort(([, a], [, b]) => b - a);
  const [order, ...orders] = dateOrders.filter((one) => found.dateOrders[one] > 0);
  return {
    path,
    documents: found.documents,
    types: sorted(found.types),
    feeds,
    unread,
    personal,
    ...(isLookup && !personal ? { values: sorted(found.values as Map<string, number>) } : {}),
    ...((!isLookup || personal) && texts > 0 ? { shapes: sorted(found.shapes, 6) } : {}),
    ...(look !== undefined && look[0] !== 'other' && (!isLookup || personal || look[0] === 'date')
      ? { looksLike: look[0] }
      : {}),
    ...(found.numbers === undefined || personal ? {} : { numbers: found.numbers }),
    ...(found.dates === undefined
      ? {}
      : { dates: { min: new Date(found.dates.min).toISOString(), max: new Date(found.dates.max).toISOString() } }),
    ...(order === undefined || orders.length > 0 ? {} : { dateOrder: order }),
  };
};

const sorted = (
  counts: ReadonlyMap<string, number>,
  most = Number.POSITIVE_INFINITY,
): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)).slice(0, most));
