import { z } from 'zod';

/**
 * The schemas that contain personal data. Fields are marked where they are defined; `personalPaths` reads the
 * marks.
 */
const personalSchemas = z.registry<{ readonly personal: true }>();

/** Marks a field as personal data: it stays out of logs, Sentry and Slack metadata, and can be erased. */
export const personal = <Schema extends z.ZodType>(schema: Schema): Schema => {
  // A copy, because fields that are not personal may share the schema (`nameSchema` also names cities).
  const own = schema.clone() as Schema;
  personalSchemas.add(own, { personal: true });
  return own;
};

/**
 * The paths of the personal fields in an object schema: `['email', 'notes.*.text', 'changes.email']`. `*` stands for
 * any item of a list. A schema inside optional, nullable, default or a list keeps its mark.
 */
export const personalPaths = (schema: z.ZodType, path = ''): readonly string[] => {
  if (personalSchemas.has(schema)) return [path];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return personalPaths(schema.unwrap() as z.ZodType, path);
  }
  if (schema instanceof z.ZodArray) return personalPaths(schema.element as z.ZodType, `${path}.*`);
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([name, field]) =>
      personalPaths(field, path === '' ? name : `${path}.${name}`),
    );
  }
  return [];
};
