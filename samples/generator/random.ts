/**
 * Random numbers that depend only on their key: `random(seed, 'properties', 17, 'price')` returns the same numbers on
 * every machine and in every order of calls. That makes a sample repeatable, lets any record be computed
 * without keeping the others in memory, and keeps a document's oddities stable between two dumps of one database.
 *
 * The key is hashed with cyrb128 and seeds sfc32 (both public domain). Only integer arithmetic and divisions are used,
 * so that differences between math libraries cannot change a byte.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(key: string) {
    let h1 = 1779033703;
    let h2 = 3144134277;
    let h3 = 1013904242;
    let h4 = 2773480762;
    for (let i = 0; i < key.length; i++) {
      const k = key.charCodeAt(i);
      h1 = h2 ^ Math.imul(h1 ^ k, 597399067);
      h2 = h3 ^ Math.imul(h2 ^ k, 2869860233);
      h3 = h4 ^ Math.imul(h3 ^ k, 951274213);
      h4 = h1 ^ Math.imul(h4 ^ k, 2716044179);
    }
    h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067);
    h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233);
    h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213);
    h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179);
    this.a = h1 ^ h2 ^ h3 ^ h4;
    this.b = h2 ^ h1;
    this.c = h3 ^ h1;
    this.d = h4 ^ h1;
    for (let i = 0; i < 8; i++) this.uint32();
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + t;
    this.c |= 0;
    return t >>> 0;
  }

  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number {
    return this.uint32() / 4294967296;
  }

  /** A whole number from `min` to `max`, both inclusive. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }

  /** One of `items`, in proportion to its weight. */
  weighted<T>(items: readonly (readonly [T, number])[]): T {
    let total = 0;
    for (const [, weight] of items) total += weight;
    let left = this.next() * total;
    for (const [item, weight] of items) {
      left -= weight;
      if (left < 0) return item;
    }
    return items[items.length - 1]![0];
  }

  /** One of the keys, in proportion to its share. Keys must not look like whole numbers (their order would change). */
  among<K extends string>(shares: Readonly<Partial<Record<K, number>>>): K {
    return this.weighted(Object.entries(shares) as [K, number][]);
  }

  /** Roughly bell-shaped around 0, from -1 to 1 (three uniforms; no logarithm, which could differ between machines). */
  bell(): number {
    return ((this.next() + this.next() + this.next()) * 2) / 3 - 1;
  }

  /** `count` different items in random order (all of them if there are fewer). */
  some<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    const chosen: T[] = [];
    while (chosen.length < count && left.length > 0) chosen.push(left.splice(this.int(0, left.length - 1), 1)[0] as T);
    return chosen;
  }
}

/** A generator for this key; the same key always gives the same numbers. */
export function random(...key: (string | number)[]): Random {
  return new Random(key.join('\u0001'));
}
