import { z } from 'zod';
import fc from '../../support/fast-check.ts';

/**
 * Any value that a schema of the domain allows, with small lists and mostly short texts, so that two draws are
 * sometimes equal.
 * @throws for a kind of schema that the domain does not use yet: add it here.
 */
export const arbitraryOf = (schema: z.ZodType): fc.Arbitrary<unknown> => {
  if (schema instanceof z.ZodOptional) return fc.option(arbitraryOf(inner(schema)), { nil: undefined });
  if (schema instanceof z.ZodNullable) return fc.option(arbitraryOf(inner(schema)), { nil: null });
  if (schema instanceof z.ZodISODateTime) return date.map((value) => value.toISOString());
  if (schema instanceof z.ZodISODate) return date.map((value) => value.toISOString().slice(0, 10));
  if (schema instanceof z.ZodString) return text(schema);
  if (schema instanceof z.ZodNumber) return number(schema);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodTuple) {
    const items = schema.def.items as readonly z.ZodType[];
    return fc.tuple(...items.map(arbitraryOf));
  }
  if (schema instanceof z.ZodArray) {
    const least = (checksOf(schema).find((check) => check.check === 'min_length')?.minimum as number) ?? 0;
    return fc.array(arbitraryOf(schema.element as z.ZodType), { minLength: least, maxLength: least + 2 });
  }
  if (schema instanceof z.ZodRecord) {
    const values = arbitraryOf(schema.valueType as z.ZodType);
    return fc.dictionary(arbitraryOf(schema.keyType as z.ZodType) as fc.Arbitrary<string>, values, { maxKeys: 3 });
  }
  if (schema instanceof z.ZodObject) return fields(schema.shape as Record<string, z.ZodType>);
  throw new Error(`no arbitrary for ${schema.def.type} yet`);
};

const inner = (schema: z.ZodOptional | z.ZodNullable) => schema.unwrap() as z.ZodType;

const date = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });

const fields = (shape: Record<string, z.ZodType>): fc.Arbitrary<Record<string, unknown>> => {
  const required = Object.keys(shape).filter((name) => !(shape[name] instanceof z.ZodOptional));
  const arbitraries = Object.entries(shape).map(([name, schema]) => [
    name,
    arbitraryOf(schema instanceof z.ZodOptional ? inner(schema) : schema),
  ]);
  return fc.record(Object.fromEntries(arbitraries), { requiredKeys: required, noNullPrototype: true });
};

const text = (schema: z.ZodString): fc.Arbitrary<string> => {
  const pattern = checksOf(schema).find((check) => check.format === 'regex')?.pattern as RegExp | undefined;
  if (pattern !== undefined) return fc.stringMatching(pattern);
  const minLength = schema.minLength ?? 0;
  return fc.oneof(
    fc.constantFrom('Boca Raton', 'Delray Beach', 'Ångström'),
    fc.string({ unit: 'grapheme', minLength, maxLength: minLength + 8 }),
  );
};

const number = (schema: z.ZodNumber): fc.Arbitrary<number> => {
  const min = Math.max(schema.minValue ?? -1e9, -1e9);
  const max = Math.min(schema.maxValue ?? 1e9, 1e9);
  const few = fc.integer({ min: Math.ceil(min), max: Math.min(Math.floor(max), Math.ceil(min) + 3) });
  const any = /int/.test(schema.format ?? '')
    ? fc.integer({ min, max })
    : fc.double({ min, max, noNaN: true, noDefaultInfinity: true });
  return fc.oneof(few, any).filter((value) => schema.safeParse(value).success);
};

/** The checks that `.min()`, `.regex()` and the like left on a schema. */
const checksOf = (schema: z.ZodType): readonly Record<string, unknown>[] =>
  (schema.def.checks ?? []).map((check) => check._zod.def as unknown as Record<string, unknown>);
