import { z } from 'zod';

/** A text field of a form that may be left empty; trimmed. */
export const optionalText = (most = 2_000) =>
  z
    .string()
    .trim()
    .max(most)
    .transform((given) => given || undefined)
    .optional();
