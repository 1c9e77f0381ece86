import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { z } from 'zod';
import { agentFieldsSchema } from '../domain/agent/index.ts';
import { canonicalEmail } from '../domain/email-address.ts';
import { leadFieldsSchema } from '../domain/lead/index.ts';
import { listingFieldsSchema } from '../domain/listing/index.ts';
import { savedSearchFieldsSchema } from '../domain/saved-search/index.ts';
import { suggestion } from '../platform/near-names.ts';

/** The kinds of record that can be corrected. */
export type CorrectableName = 'listing' | 'lead' | 'agent' | 'savedSearch';

/** The kind of record that a word means (`listing`, `lead`, `agent`, `saved-search`); `null` for any other word. */
export const correctableFor = (word: string): CorrectableName | null => {
  if (word === 'saved-search') return 'savedSearch';
  return word === 'listing' || word === 'lead' || word === 'agent' ? word : null;
};

const email = z.email().transform((address) => canonicalEmail(address) ?? address.toLowerCase());

/** What people type is held to more than what a schema must accept from old sources. */
const stricter: Readonly<Record<string, z.ZodType>> = { email, memberEmail: email, otherEmails: z.array(email) };

const fieldsOf: Readonly<Record<CorrectableName, Readonly<Record<string, z.ZodType>>>> = {
  listing: { ...listingFieldsSchema.omit({ legacyIds: true, otherValues: true }).shape },
  lead: { ...leadFieldsSchema.omit({ legacyIds: true, otherValues: true }).shape },
  agent: { ...agentFieldsSchema.omit({ legacyIds: true }).shape },
  savedSearch: { ...savedSearchFieldsSchema.omit({ legacyIds: true }).shape },
};

/** The fields that can be corrected, in the order in which the record has them. */
export const correctableFields = (aggregate: CorrectableName): readonly string[] => Object.keys(fieldsOf[aggregate]);

/** A value read from text, or what is wrong with it: which field, what was found, what is allowed. */
export type ReadValue = { readonly value: unknown } | { readonly problem: string };

/**
 * Reads a field's new value as a person writes it, by the field's schema:
 * - nothing at all: the field is emptied (`null`)
 * - numbers with or without `$` and thousands separators; yes/no, true/false, 1/0; lookup values in any case
 * - lists separated by commas, or as JSON; structures as JSON
 * - phone numbers in any usual form (US unless they begin with +), kept as E.164
 */
export const readCorrection = (aggregate: CorrectableName, field: string, text: string): ReadValue => {
  const schema = fieldsOf[aggregate][field];
  if (schema === undefined || !Object.hasOwn(fieldsOf[aggregate], field))
    return { problem: unknownField(aggregate, field) };
  const trimmed = text.trim();
  if (trimmed === '') return { value: null };
  const candidate = interpret(schema, field, trimmed);
  const parsed = schema.safeParse(candidate);
  const checked = parsed.success && stricter[field] !== undefined ? stricter[field].safeParse(candidate) : parsed;
  // PostgreSQL holds no NUL in a text, and nobody means one.
  if (checked.success && !JSON.stringify(checked.data).includes('\\u0000')) return { value: checked.data };
  return { problem: `${field} cannot be "${shortened(trimmed)}": it must be ${allowed(schema, field)}` };
};

const unknownField = (aggregate: CorrectableName, field: string): string => {
  if (field === 'legacyIds') return 'legacyIds cannot be corrected: they say where the record came from';
  return `${aggregate} has no field "${shortened(field)}": ${suggestion(field, correctableFields(aggregate))}`;
};

const shortened = (text: string) => (text.length <= 60 ? text : `${text.slice(0, 59)}…`);

/** The text as the value it seems to be; when it is none, as it is: the schema then says no. */
const interpret = (schema: z.ZodType, field: string, text: string): unknown => {
  if (schema instanceof z.ZodNumber) return readNumber(text) ?? text;
  if (schema instanceof z.ZodBoolean) return booleans.get(text.toLowerCase()) ?? text;
  if (schema instanceof z.ZodEnum) {
    return schema.options.find((option) => String(option).toLowerCase() === text.toLowerCase()) ?? text;
  }
  if (schema instanceof z.ZodArray) return readList(schema.element as z.ZodType, field, text);
  if (schema instanceof z.ZodString) return /Phone$/.test(field) ? readPhone(text) : text;
  return readJson(text) ?? text;
};

const booleans = new Map<string, boolean>([
  ...['true', 'yes', 'y', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'n', '0'].map((word) => [word, false] as const),
]);

const readNumber = (text: string): number | undefined => {
  if (!/^-?\$?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$/.test(text)) return undefined;
  return Number(text.replace(/[$,]/g, ''));
};

const readList = (element: z.ZodType, field: string, text: string): unknown => {
  const json = readJson(text);
  if (Array.isArray(json)) return json;
  if (element instanceof z.ZodObject) return text;
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => interpret(element, field, item));
};

const readPhone = (text: string): string => {
  const number = parsePhoneNumberFromString(text, 'US');
  return number?.isValid() && number.ext === undefined ? number.number : text;
};

const readJson = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};

/** What a field may be, in words. */
const allowed = (schema: z.ZodType, field: string): string => {
  if (stricter[field] !== undefined && !(schema instanceof z.ZodArray)) return 'an e-mail address';
  if (schema instanceof z.ZodNumber) {
    const whole = /int/.test(schema.format ?? '') ? 'a whole number' : 'a number';
    const min = schema.minValue === null || !Number.isFinite(schema.minValue) ? null : schema.minValue;
    const max = schema.maxValue === null || schema.maxValue >= Number.MAX_SAFE_INTEGER ? null : schema.maxValue;
    const above = schema.safeParse(min).success ? 'from' : 'above';
    return [whole, min === null ? '' : `${above} ${min}`, max === null ? '' : `to ${max}`].filter(Boolean).join(' ');
  }
  if (schema instanceof z.ZodBoolean) return 'yes or no';
  if (schema instanceof z.ZodEnum) return `one of ${schema.options.join(', ')}`;
  if (schema instanceof z.ZodArray) {
    const element = schema.element as z.ZodType;
    return element instanceof z.ZodObject
      ? `a JSON list of objects with ${Object.keys(element.shape as object).join(', ')}`
      : `a list, each ${allowed(element, field.replace(/s$/, ''))}, separated by commas`;
  }
  if (schema instanceof z.ZodISODate) return 'a date like 2026-03-31';
  if (schema instanceof z.ZodISODateTime) return 'a time like 2026-03-31T14:00:00Z';
  if (schema instanceof z.ZodString) return textAllowed(schema, field);
  if (field === 'criteria') {
    return 'JSON like {"cities":["Boca Raton"],"listPriceMax":500000}; {} for every home';
  }
  return field === 'hours' ? 'JSON like {"mon":["09:00","17:00"]}' : 'JSON';
};

const textAllowed = (schema: z.ZodString, field: string): string => {
  if (/Phone$/.test(field)) return 'a phone number, like (561) 555-0134 or +15615550134';
  if (/mail/i.test(field)) return 'an e-mail address';
  if (field === 'postalCode') return 'a ZIP code, like 33432 or 33432-1234';
  if (field === 'slackUserId') return "a Slack user's id, like U024BE7LH";
  return schema.maxLength === null ? 'text' : `text of at most ${schema.maxLength} characters`;
};
