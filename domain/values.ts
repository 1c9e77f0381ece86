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
 * A field of a source document that could not be understood and was left empty: the record's field, a code, and the
 * value found, shortened.
 */
export const warningSchema = z.object({
  field: z.string(),
  code: z.string(),
  found: personal(z.string().max(200)),
});
export type Warning = z.infer<typeof warningSchema>;

/**
 * A different value for one of the record's fields in another of its documents: the field, the value as text (JSON
 * unless it is a text or a number), and the document as `collection/id`.
 */
export const otherValueSchema = z.object({
  field: z.string(),
  value: personal(z.string()),
  legacyId: z.string().min(1),
});
export type OtherValue = z.infer<typeof otherValueSchema>;

/**
 * The IDs of a record in the old CRM, as `collection/id`; the first one is the document that it was entered from.
 */
export const legacyIdsSchema = z.array(z.string().min(1));
