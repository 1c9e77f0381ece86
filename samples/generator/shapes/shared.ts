import type { Document } from 'bson';
import { searchCount } from '../facts/search-facts.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';

/** One for each number below `count`. */
export const numbered = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** One for each saved search of the brokerage. */
export const everySearch = (world: World, make: (world: World, contact: number, n: number) => Document): Document[] =>
  numbered(world.contacts, (contact) => numbered(searchCount(world, contact), (n) => make(world, contact, n))).flat();

/** Ten digits as people write them. */
export const areaCode = (phone: string): string => `(${phone.slice(0, 3)}) ${phone.slice(3, 6)}-${phone.slice(6)}`;

export const photosOf = (count: number): string[] =>
  numbered(count, (index) => `https://photos.example.com/home-${count}-${index + 1}.jpg`);

/** Mostly as it is, at times in another form. */
export const written = <Value>(r: Random, value: Value, others: readonly unknown[]): unknown =>
  r.chance(0.85) ? value : r.pick(others);
