import type { z } from 'zod';

/** Turns a schema of fields into one in which each may be missing (unknown) or `null` (known to be empty). */
export const changesSchema = <Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>) => {
  const shape: Record<string, z.ZodType> = {};
  for (const [name, field] of Object.entries(schema.shape as unknown as Record<string, z.ZodType>)) {
    shape[name] = field.nullable().optional();
  }
  return schema.extend(shape).strict() as unknown as z.ZodObject<{
    [Name in keyof Shape]: z.ZodOptional<z.ZodNullable<Extract<Shape[Name], z.ZodType>>>;
  }>;
};
