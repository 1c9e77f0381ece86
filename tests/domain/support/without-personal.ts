import type { z } from 'zod';
import { personalPaths } from '../../../domain/personal.ts';

/** A copy of `data` in which every personal value reads `[personal]`. */
export const withoutPersonal = (schema: z.ZodType, data: unknown): unknown =>
  personalPaths(schema).reduce((copy, path) => masked(copy, path.split('.')), data);

const masked = (value: unknown, [name, ...rest]: readonly string[]): unknown => {
  if (name === undefined) return value === undefined || value === null ? value : '[personal]';
  if (value === null || typeof value !== 'object') return value;
  if (name === '*') return Array.isArray(value) ? value.map((element) => masked(element, rest)) : value;
  if (!(name in value)) return value;
  return { ...value, [name]: masked((value as Record<string, unknown>)[name], rest) };
};
