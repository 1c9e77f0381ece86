import type { OwnedType } from '../../../domain/ownership/index.ts';

/** Fields of a record that are corrected, or would be. */
export type Correction = {
  readonly aggregate: OwnedType;
  readonly recordKey: string;
  readonly changes: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
};

/** The texts in a field's value: none, one, or those of a list. */
export const texts = (value: unknown): readonly string[] => [value].flat().filter((one) => typeof one === 'string');
