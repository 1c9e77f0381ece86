import { type Random, random } from './random.ts';
import type { Collection, World } from './world.ts';

/** Fields of a document, or of an object in it. */
export type Fields = Record<string, unknown>;

/** One way in which the old CRM wrote a value. `undefined` leaves the field out. */
export type Form<T> = {
  name: string;
  /** Its share among the forms of the field, when the field is dirty. */
  weight: number;
  write(value: T, r: Random): unknown;
  /** Whether the value can be written this way. */
  when?(value: T): boolean;
};

/** Chooses how each field of a document is written. The first form in a list is the clean one. */
export type Dirt = {
  /** The form chosen for this field: the same one every time this document is written. */
  choose<T>(field: string, forms: readonly Form<T>[], value: T): Form<T>;
  /** `value` in the form chosen for this field; counts it if it is not the clean one. */
  value<T>(field: string, forms: readonly Form<T>[], value: T | undefined): unknown;
  /** The name of this field in this document; the first is the clean one. */
  key(field: string, names: readonly string[]): string;
};

/**
 * The oddities of one document. With probability `world.dirt` a field takes any of its documented forms, by weight;
 * otherwise its clean one. Depends only on seed, collection, number and field, so that a changed value (a price drop) is
 * still written the same way.
 */
export function dirtOf(world: World, collection: Collection, index: number | string): Dirt {
  const count = (field: string, name: string) => {
    const id = `${collection}.${field}`;
    world.tally[id] ??= {};
    const forms = world.tally[id];
    forms[name] = (forms[name] ?? 0) + 1;
  };
  const randomFor = (field: string) => random(world.seed, 'dirt', collection, index, field);
  const choose = <T>(field: string, forms: readonly Form<T>[], value: T): Form<T> => {
    const clean = forms[0]!;
    if (world.dirt === 0) return clean;
    const r = randomFor(field);
    if (!r.chance(world.dirt)) return clean;
    return r.weighted(forms.filter((form) => form.when?.(value) ?? true).map((form) => [form, form.weight] as const));
  };
  return {
    choose,
    value: (field, forms, value) => {
      if (value === undefined) return undefined;
      const form = choose(field, forms, value);
      if (form !== forms[0]) count(field, form.name);
      return form.write(value, randomFor(`${field}!`));
    },
    key: (field, names) => {
      const clean = names[0]!;
      if (world.dirt === 0 || names.length === 1) return clean;
      const r = randomFor(`${field}?`);
      const name = r.chance(world.dirt) ? r.pick(names) : clean;
      if (name !== clean) count(field, `named ${name}`);
      return name;
    },
  };
}

/** Whether this document is subject to a rare oddity (it must be quarantined, it is a duplicate). */
export function befalls(world: World, what: string, index: number | string, shareAtFullDirt: number): boolean {
  return world.dirt > 0 && random(world.seed, 'befalls', what, index).chance(world.dirt * shareAtFullDirt);
}

/** Counts a rare oddity. */
export function note(world: World, what: string, name: string): void {
  world.tally[what] ??= {};
  const forms = world.tally[what];
  forms[name] = (forms[name] ?? 0) + 1;
}
