import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { z } from 'zod';
import { agentFields } from '../../domain/agent/fields.ts';
import { agentFieldsSchema } from '../../domain/agent/index.ts';
import type { Field, Fields } from '../../domain/catalogue/field.ts';
import { canonicalEmail } from '../../domain/identity/email-address.ts';
import { leadFields } from '../../domain/lead/fields.ts';
import { leadFieldsSchema } from '../../domain/lead/index.ts';
import { listingFields } from '../../domain/listing/fields.ts';
import { listingFieldsSchema } from '../../domain/listing/index.ts';
import { savedSearchFields } from '../../domain/saved-search/fields.ts';
import { savedSearchFieldsSchema } from '../../domain/saved-search/index.ts';
import { moneySchema } from '../../domain/values.ts';
import { suggestion } from '../../platform/wording/near-names.ts';
import { isSameNoun } from '../../platform/wording/same-noun.ts';

/** The kinds of record that can be corrected. */
export type CorrectableName = 'listing' | 'lead' | 'agent' | 'savedSearch';

/** The kind of record for a word (`listing`, `leads`, `saved-search`); `null` for any other word. */
export const correctableFor = (word: string): CorrectableName | null =>
  (['listing', 'lead', 'agent', 'savedSearch'] as const).find((name) => isSameNoun(name, word)) ?? null;

const email = z.email().transform((address) => canonicalEmail(address) ?? address.toLowerCase());

/** Input from people is held to a stricter standard than data from old sources. */
const stricter: Partial<Record<Field['kind'], z.ZodType>> = { email, emails: z.array(email) };

type Correctable = {
  /** How each field is labelled, entered and shown. */
  readonly definitions: Fields;
  /** The fields that can be corrected, and what each accepts: all but those that say where the record came from. */
  readonly schemas: Readonly<Record<string, z.ZodType>>;
};

const correctable: Readonly<Record<CorrectableName, Correctable>> = {
  listing: {
    definitions: listingFields,
    schemas: { ...listingFieldsSchema.omit({ legacyIds: true, otherValues: true }).shape },
  },
  lead: {
    definitions: leadFields,
    schemas: { ...leadFieldsSchema.omit({ legacyIds: true, otherValues: true }).shape },
  },
  agent: { definitions: agentFields, schemas: { ...agentFieldsSchema.omit({ legacyIds: true }).shape } },
  savedSearch: {
    definitions: savedSearchFields,
    schemas: { ...savedSearchFieldsSchema.omit({ legacyIds: true }).shape },
  },
};

/** The fields that can be corrected, in the record's order. */
export const correctableFields = (aggregate: CorrectableName): readonly string[] =>
  Object.keys(correctable[aggregate].schemas);

/** A value read from text, or what is wrong with it: the field, the text, and what is allowed. */
export type ReadValue = { readonly value: unknown } | { readonly problem: string };

/**
 * Reads a field's new value as a person writes it, according to the kind of field:
 * - empty text empties the field (`null`)
 * - numbers with or without `$` and thousands separators; yes/no, true/false, 1/0; lookup values in any case
 * - lists separated by commas, or as JSON; structures as JSON
 * - phone numbers in any usual form (US unless they start with +), stored as E.164
 */
export const readCorrection = (aggregate: CorrectableName, field: string, text: string): ReadValue => {
  const { definitions, schemas } = correctable[aggregate];
  const schema = schemas[field];
  if (schema === undefined || !Object.hasOwn(schemas, field)) return { problem: unknownField(aggregate, field) };
  const trimmed = text.trim();
  if (trimmed === '') return { value: null };
  const definition = definitions[field]!;
  const candidate = interpret(definition, trimmed);
  const parsed = schema.safeParse(candidate);
  const strict = stricter[definition.kind];
  const checked = parsed.success && strict !== undefined ? strict.safeParse(candidate) : parsed;
  // PostgreSQL cannot store NUL in text, and no one means it.
  if (checked.success && !JSON.stringify(checked.data).includes('\\u0000')) return { value: checked.data };
  return {
    problem: `${field} (${definition.label}) cannot be "${shortened(trimmed)}": it must be ${allowed(definition)}`,
  };
};

const unknownField = (aggregate: CorrectableName, field: string): string => {
  if (field === 'legacyIds') return 'legacyIds cannot be corrected: they say where the record came from';
  if (aggregate === 'lead' && /^(email_?)?(opt_?(out|in)|unsubscribed?)/i.test(field.slice(0, 60)))
    return 'who wants e-mail is not a correction: `openhouse leads opt-out` and `openhouse leads opt-in` record what the person said';
  return `${aggregate} has no field "${shortened(field)}": ${suggestion(field, correctableFields(aggregate))}`;
};

const shortened = (text: string) => (text.length <= 60 ? text : `${text.slice(0, 59)}…`);

/** Interprets the text by the kind of field. If that fails, it stays text, which the schema then rejects. */
const interpret = (field: Field, text: string): unknown => {
  switch (field.kind) {
    case 'money':
    case 'count':
    case 'year':
    case 'number':
    case 'area':
    case 'degrees':
      return readNumber(text) ?? text;
    case 'flag':
      return booleans.get(text.toLowerCase()) ?? text;
    case 'choice':
      return choiceOf(field.values, text);
    case 'choices':
      return readList(text).map((item) => (typeof item === 'string' ? choiceOf(field.values, item) : item));
    case 'words':
    case 'emails':
    case 'keys':
    case 'legacyIds':
      return readList(text);
    case 'phone':
      return readPhone(text);
    case 'structure':
      return readJson(text) ?? text;
    default:
      return text;
  }
};

const choiceOf = (values: readonly string[], text: string): string =>
  values.find((value) => value.toLowerCase() === text.toLowerCase()) ?? text;

const booleans = new Map<string, boolean>([
  ...['true', 'yes', 'y', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'n', '0'].map((word) => [word, false] as const),
]);

const readNumber = (text: string): number | undefined => {
  if (!/^-?\$?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$/.test(text)) return undefined;
  return Number(text.replace(/[$,]/g, ''));
};

const readList = (text: string): readonly unknown[] => {
  const json = readJson(text);
  if (Array.isArray(json)) return json;
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
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

const inFull = (number: number): string => number.toLocaleString('en-US');
const above0 = (most: number): string => `a number above 0, and at most ${inFull(most)}`;

/** What a field's value may be, in words. */
const allowed = (field: Field): string => {
  switch (field.kind) {
    case 'money':
      return field.zero ? `a number from 0 to ${inFull(moneySchema.maxValue!)}` : above0(moneySchema.maxValue!);
    case 'count':
    case 'year':
      return `a whole number from ${field.min}${field.max === Number.MAX_SAFE_INTEGER ? '' : ` to ${field.max}`}`;
    case 'number':
      return `a number from ${field.min} to ${field.max}`;
    case 'area':
      return `${above0(field.max)}, in square feet`;
    case 'degrees':
      return `a number from -${field.max} to ${field.max}, in degrees`;
    case 'flag':
      return 'yes or no';
    case 'choice':
      return `one of ${field.values.join(', ')}`;
    case 'choices':
      return `a list, each one of ${field.values.join(', ')}, separated by commas`;
    case 'emails':
      return 'a list, each an e-mail address, separated by commas';
    case 'words':
    case 'keys':
    case 'legacyIds':
      return 'a list, separated by commas';
    case 'date':
      return 'a date like 2026-03-31';
    case 'timestamp':
      return 'a time like 2026-03-31T14:00:00Z';
    case 'phone':
      return 'a phone number, like (561) 555-0134 or +15615550134';
    case 'email':
      return 'an e-mail address';
    case 'postalCode':
      return 'a ZIP code, like 33432 or 33432-1234';
    case 'slackUser':
      return "a Slack user's id, like U024BE7LH";
    case 'structure':
      return `JSON like ${field.example}`;
    case 'code':
      return `text of at most ${field.max} characters`;
    case 'name':
    case 'key':
      return 'text of at most 300 characters';
    case 'text':
      return 'text of at most 20,000 characters';
    default:
      return field satisfies never;
  }
};
