import type { Reference } from './fields/ids/reference.ts';
import type { Reading } from './reading.ts';

/** A document of the old CRM, as it is there. */
export type LegacyDocument = Readonly<Record<string, unknown>>;

/** What every mapping says about every record type: when a document was created and last changed. */
export const everySlot = ['createdAt', 'updatedAt'] as const;
type EverySlot = (typeof everySlot)[number];

/**
 * A document of the old CRM, seen through a mapping: values are asked for by the name of what they are in openhouse,
 * wherever the document has them. Asking for a name that is not listed as one of the record type's is a type error, so
 * the list is complete, and fields that no mapping reads can be counted.
 */
export type Looked<Slot extends string = never> = {
  readonly document: LegacyDocument;
  /** What the document has at each of the mapping's paths, in order of preference; `undefined` where it has nothing. */
  found(slot: Slot | EverySlot): readonly { readonly path: string; readonly value: unknown }[];
  /** The values of these. */
  all(slot: Slot | EverySlot): readonly unknown[];
  /** The first of these that is not missing; otherwise the mapping's constant, if it has one. */
  first(slot: Slot | EverySlot): unknown;
  /** The path of what `first` returns; if there is nothing, the path of first preference. For people. */
  path(slot: Slot | EverySlot): string;
  /** The first readable reference to another document. */
  reference(slot: Slot): Reading<Reference>;
  /** By which of its own keys other documents may refer to this one: `key:memberMlsId:3001`. */
  names(): readonly `key:${string}`[];
};

/** Everything that is given under a name: one value, or a list of the values at several paths. */
export const given = <Slot extends string>(look: Looked<Slot>, slot: Slot): unknown => {
  const found = look.all(slot).filter((value) => value !== undefined && value !== null);
  return found.length > 1 ? found.flat() : look.first(slot);
};
