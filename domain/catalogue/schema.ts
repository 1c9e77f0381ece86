import { z } from 'zod';
import { personal } from '../personal.ts';
import {
  dateSchema,
  emailSchema,
  keySchema,
  legacyIdsSchema,
  moneySchema,
  nameSchema,
  phoneSchema,
  textSchema,
  timestampSchema,
} from '../values.ts';
import type { Field, Fields } from './field.ts';

type StructureNames<Of extends Fields> = {
  [Name in keyof Of & string]: Of[Name]['kind'] extends 'structure' ? Name : never;
}[keyof Of & string];

type Structures<Of extends Fields> = { readonly [Name in StructureNames<Of>]: z.ZodType };

type SchemaOf<Of extends Field> = Of extends {
  readonly kind: 'money' | 'count' | 'year' | 'number' | 'area' | 'degrees';
}
  ? z.ZodNumber
  : Of extends { readonly kind: 'flag' }
    ? z.ZodBoolean
    : Of extends { readonly kind: 'choice'; readonly values: infer Values extends readonly string[] }
      ? z.ZodEnum<{ [Value in Values[number]]: Value }>
      : Of extends { readonly kind: 'choices'; readonly values: infer Values extends readonly string[] }
        ? z.ZodArray<z.ZodEnum<{ [Value in Values[number]]: Value }>>
        : Of extends { readonly kind: 'words' | 'emails' | 'legacyIds' | 'keys' }
          ? z.ZodArray<z.ZodString>
          : z.ZodString;

type Shape<Of extends Fields, With extends Structures<Of>> = {
  -readonly [Name in keyof Of]: Name extends keyof With ? With[Name] : SchemaOf<Of[Name]>;
};

/**
 * The zod schema of fields. @param structures the schemas of fields with several parts
 *
 * @example schemaOf({ listPrice: money('List price'), media: structure('Photos', '…') }, { media: z.array(mediaSchema)
 * })
 */
export const schemaOf = <const Of extends Fields, const With extends Structures<Of>>(
  fields: Of,
  structures: With,
): z.ZodObject<Shape<Of, With>> => {
  const shape: Record<string, z.ZodType> = {};
  for (const [name, field] of Object.entries(fields)) {
    const schema = (structures as Record<string, z.ZodType>)[name] ?? simpleSchema(field);
    // E-mail addresses and phone numbers are already marked in their own schemas.
    shape[name] = field.personal && !['email', 'emails', 'phone'].includes(field.kind) ? personal(schema) : schema;
  }
  return z.object(shape) as unknown as z.ZodObject<Shape<Of, With>>;
};

const simpleSchema = (field: Field): z.ZodType => {
  switch (field.kind) {
    case 'text':
      return textSchema;
    case 'name':
      return nameSchema;
    case 'code':
      return z.string().min(1).max(field.max);
    case 'key':
      return keySchema;
    case 'keys':
      return z.array(keySchema);
    case 'email':
      return emailSchema;
    case 'emails':
      return z.array(emailSchema);
    case 'phone':
      return phoneSchema;
    case 'postalCode':
      return z.string().regex(/^\d{5}(-\d{4})?$/);
    case 'slackUser':
      return z.string().regex(/^[UW][A-Z0-9]{5,}$/);
    case 'date':
      return dateSchema;
    case 'timestamp':
      return timestampSchema;
    case 'flag':
      return z.boolean();
    case 'words':
      return z.array(nameSchema);
    case 'legacyIds':
      return legacyIdsSchema;
    case 'money':
      return field.zero ? z.number().min(0).max(moneySchema.maxValue!) : moneySchema;
    case 'count':
    case 'year':
      return z.number().int().min(field.min).max(field.max);
    case 'number':
      return z.number().min(field.min).max(field.max);
    case 'area':
      return z.number().positive().max(field.max);
    case 'degrees':
      return z.number().min(-field.max).max(field.max);
    case 'choice':
      return z.enum(field.values);
    case 'choices':
      return z.array(z.enum(field.values));
    case 'structure':
      throw new Error(`the field "${field.label}" has several parts but no schema`);
    default:
      return field satisfies never;
  }
};
