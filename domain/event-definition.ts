import type { z } from 'zod';

/** Converts the data of an event from one version to the next. Pure; never fails on data that was once valid. */
export type Upcaster = (data: Record<string, unknown>) => Record<string, unknown>;

/**
 * The definition of an event type: its name, the version that is written now, that version's schema, and the upcasters
 * for older versions: `upcasters[0]` from version 1 to 2, `upcasters[1]` from 2 to 3, …
 */
export type EventDefinition<Type extends string = string, Schema extends z.ZodType = z.ZodType> = {
  readonly type: Type;
  readonly version: number;
  readonly schema: Schema;
  readonly upcasters: readonly Upcaster[];
};

export const defineEvent = <Type extends string, Schema extends z.ZodType>(
  type: Type,
  schema: Schema,
  upcasters: readonly Upcaster[] = [],
): EventDefinition<Type, Schema> => ({ type, version: upcasters.length + 1, schema, upcasters });

/** The discriminated union `{ type, data }` of a list of event definitions. */
export type EventOf<Definitions extends readonly EventDefinition[]> = {
  [Index in keyof Definitions]: Definitions[Index] extends EventDefinition<infer Type, infer Schema>
    ? { readonly type: Type; readonly data: z.infer<Schema> }
    : never;
}[number];
