import { type DateOrder, dateOrders } from '../legacy/fields/times/written-date.ts';
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
export const referenceIn = ({ refersTo: [first] = [] }: InspectedPath): Target | undefined =>
  first !== undefined && first.share >= mostOfThem ? first : undefined;

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
