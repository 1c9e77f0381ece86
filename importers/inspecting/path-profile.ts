import { Decimal128, Long } from 'bson';
import { readTimestamp } from '../legacy/fields/times/date.ts';
import { type DateOrder, dateOrderOf } from '../legacy/fields/times/written-date.ts';
import { type Look, lookOf, shapeOf, typeOf } from '../masking/value-looks.ts';
import { type KeyCandidate, keyCandidate } from './key-candidate.ts';
import { idName } from './references-found.ts';

/** What was found at one path of a collection. */
export type PathProfile = {
  documents: number;
  types: Map<string, number>;
  /** Short texts and yes/no, with their counts, as long as there are few different ones. */
  values: Map<string, number> | 'many';
  valueCount: number;
  shapes: Map<string, number>;
  looks: Map<Look, number>;
  numbers: { min: number; max: number } | undefined;
  dates: { min: number; max: number } | undefined;
  /** How many dates of three numbers can only have the day first, or the month. */
  dateOrders: Record<DateOrder, number>;
  /** Some of the values, as IDs are called (see references-found.ts). */
  readonly names: Set<string>;
  namesTried: number;
  /** All of its values, if other documents may refer to this one by them. */
  readonly key: KeyCandidate;
};

const maxValues = 60;
const maxShapes = 20;
const maxText = 60;
const maxNames = 60;
const maxTried = 2_000;

export const emptyProfile = (): PathProfile => ({
  documents: 0,
  types: new Map(),
  values: new Map(),
  valueCount: 0,
  shapes: new Map(),
  looks: new Map(),
  numbers: undefined,
  dates: undefined,
  dateOrders: { 'day-first': 0, 'month-first': 0 },
  names: new Set(),
  namesTried: 0,
  key: keyCandidate(),
});

/** Adds a value; apart from what may be keys, `profile` stays small however many are added. */
export const addValue = (profile: PathProfile, found: unknown): void => {
  const type = typeOf(found);
  count(profile.types, type, 20);
  if (profile.names.size < maxNames && profile.namesTried++ < maxTried) {
    const name = idName(found);
    if (name !== undefined) profile.names.add(name);
  }
  profile.key.add(found);
  if (typeof found === 'string') {
    const look = lookOf(found);
    count(profile.looks, look, 10);
    if (look === 'date') addDate(profile, found);
    count(profile.shapes, shapeOf(found), maxShapes);
    addDistinct(profile, found);
  } else if (typeof found === 'boolean') addDistinct(profile, String(found));
  else if (found instanceof Date && !Number.isNaN(found.getTime()))
    profile.dates = widened(profile.dates, found.getTime());
  else {
    const number = Long.isLong(found) ? found.toNumber() : found instanceof Decimal128 ? Number(found) : found;
    if (typeof number === 'number' && Number.isFinite(number)) profile.numbers = widened(profile.numbers, number);
  }
};

const addDate = (profile: PathProfile, text: string) => {
  const order = dateOrderOf(text);
  if (order !== undefined) profile.dateOrders[order]++;
  const { value, warning } = readTimestamp(text);
  // The others could be another day.
  if (value !== undefined && warning !== 'month-first') profile.dates = widened(profile.dates, Date.parse(value));
};

const addDistinct = (profile: PathProfile, text: string) => {
  profile.valueCount++;
  if (profile.values === 'many') return;
  const short = text.length <= maxText ? text : undefined;
  if (short === undefined || (!profile.values.has(short) && profile.values.size >= maxValues)) profile.values = 'many';
  else profile.values.set(short, (profile.values.get(short) ?? 0) + 1);
};

const count = <Key>(counts: Map<Key, number>, key: Key, most: number) => {
  const known = counts.get(key);
  if (known !== undefined || counts.size < most) counts.set(key, (known ?? 0) + 1);
};

const widened = (range: { min: number; max: number } | undefined, value: number) =>
  range === undefined
    ? { min: value, max: value }
    : { min: Math.min(range.min, value), max: Math.max(range.max, value) };
