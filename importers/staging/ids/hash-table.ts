import { hash } from 'node:crypto';

/** Stands for a text: 64 bits of its SHA-1, as signed integers, which V8 does not allocate. */
export type Key = readonly [low: number, high: number];

/** Maps texts to signed 32-bit numbers, in 12 bytes per slot. Texts are identified by their keys. */
export type HashTable = {
  /** The number of keys in it. */
  readonly size: () => number;
  get(key: Key): number | undefined;
  /** Replaces the value by what `change` makes of it (given `undefined` if there is none). @returns the value before */
  update(key: Key, change: (value: number | undefined) => number): number | undefined;
};

/** The upper half is never 0, because 0 marks an empty slot. */
export const keyOf = (text: string): Key => {
  const digest = hash('sha1', text, 'binary');
  return [wordAt(digest, 0), wordAt(digest, 4) || 1];
};

const wordAt = (digest: string, at: number): number =>
  digest.charCodeAt(at) |
  (digest.charCodeAt(at + 1) << 8) |
  (digest.charCodeAt(at + 2) << 16) |
  (digest.charCodeAt(at + 3) << 24);

export const hashTable = (): HashTable => {
  let slots = emptySlots(1 << 10);
  let used = 0;

  const grow = () => {
    const larger = emptySlots(slots.values.length * 2);
    for (let at = 0; at < slots.values.length; at++) {
      const [low, high] = [slots.keys[2 * at]!, slots.keys[2 * at + 1]!];
      if (high !== 0) putAt(larger, slotOf(larger, low, high), low, high, slots.values[at]!);
    }
    slots = larger;
  };

  return {
    size: () => used,
    get([low, high]) {
      return valueAt(slots, slotOf(slots, low, high));
    },
    update([low, high], change) {
      const at = slotOf(slots, low, high);
      const before = valueAt(slots, at);
      putAt(slots, at, low, high, change(before));
      if (before === undefined && ++used * 2 > slots.values.length) grow();
      return before;
    },
  };
};

type Slots = { readonly keys: Int32Array; readonly values: Int32Array };

const emptySlots = (count: number): Slots => ({ keys: new Int32Array(2 * count), values: new Int32Array(count) });

/** Where a key is, or would be. */
const slotOf = ({ keys, values }: Slots, low: number, high: number): number => {
  let at = (low >>> 0) % values.length;
  while (keys[2 * at + 1] !== 0 && (keys[2 * at] !== low || keys[2 * at + 1] !== high)) at = (at + 1) % values.length;
  return at;
};

const valueAt = ({ keys, values }: Slots, at: number): number | undefined =>
  keys[2 * at + 1] === 0 ? undefined : values[at];

const putAt = ({ keys, values }: Slots, at: number, low: number, high: number, value: number): void => {
  keys[2 * at] = low;
  keys[2 * at + 1] = high;
  values[at] = value;
};
