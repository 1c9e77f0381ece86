import { z } from 'zod';
import { personal } from './personal.ts';

/** Values that several aggregates share. */

export const keySchema = z.string().min(1).max(200);
export const textSchema = z.string().min(1).max(20_000);
export const nameSchema = z.string().min(1).max(300);

/** US dollars. */
export const moneySchema = z.number().positive().max(10_000_000_000);
export const timestampSchema = z.iso.datetime();
/** A calendar date, `2026-03-31`. */
export const dateSchema = z.iso.date();

export const emailSchema = personal(z.string().min(3).max(320));
/** E.164: `+15615550134`. */
export const phoneSchema = personal(z.string().regex(/^\+[1-9]\d{6,14}$/));

/**
 * A field of a source document that could not be understood and was left empty: the record's own field, a code, and
 * what was found there, shortened.
 */
export const warningSchema = z.object({
  field: z.string(),
  code: z.string(),
  found: personal(z.string().max(200)),
});
export type Warning = z.infer<typeof warningSchema>;

/**
 * What another document of the same record says of one of its fields: the field, the value as text (JSON where it is not a text or
 * a number), and the document, written `collection/id`.
 */
export const otherValueSchema = z.object({
  field: z.string(),
  value: personal(z.string()),
  legacyId: z.string().min(1),
});
export type OtherValue = z.infer<typeof otherValueSchema>;

/** The ids a record had in the legacy CRM, written `collection/id`; the first is the one it was entered from. */
export const legacyIdsSchema = z.array(z.string().min(1));
