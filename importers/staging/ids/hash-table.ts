import { hash } from 'node:crypto';

/** Maps texts to signed 32-bit numbers, in 12 bytes per slot. Texts are identified by 64 bits of their SHA-1. */
export type HashTable = {
  get(text: string): number | undefined;
  /** Replaces the value by what `change` makes of it (given `undefined` if there is none). @returns the value before */
  update(text: string, change: (value: number | undefined) => number): number | undefined;
};

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
    get(text) {
      const [low, high] = keyOf(text);
      return valueAt(slots, slotOf(slots, low, high));
    },
    update(text, change) {
      const [low, high] = keyOf(text);
      const at = slotOf(slots, low, high);
      const before = valueAt(slots, at);
      putAt(slots, at, low, high, change(before));
      if (before === undefined && ++used * 2 > slots.values.length) grow();
      return before;
    },
  };
};

type Slots = { readonly keys: Uint32Array; readonly values: Int32Array };

const emptySlots = (count: number): Slots => ({ keys: new Uint32Array(2 * count), values: new Int32Array(count) });

/** The upper half is never 0, because 0 marks an empty slot. */
const keyOf = (text: string): readonly [low: number, high: number] => {
  const digest = hash('sha1', text, 'buffer');
  return [digest.readUInt32LE(0), digest.readUInt32LE(4) || 1];
};

/** Where a key is, or would be. */
const slotOf = ({ keys, values }: Slots, low: number, high: number): number => {
  let at = low % values.length;
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
