import { z } from 'zod';
import { dateOrders } from '../legacy/fields/times/written-date.ts';
import { type RecordTypeName, recordType, recordTypeNames } from './record-types.ts';
import { notUnderstoodIn } from './understood-words.ts';

/** The message for a value of another type; other mistakes have their own. */
const ifNot = (wanted: string) => ({
  error: ({ code }: { readonly code?: string }) => (code === 'invalid_type' ? `must be ${wanted}` : undefined),
});

/** Where to look for a value, and how to understand what is there. */
const maxSegments = 12;
const path = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text.split('.').every((name) => name.trim() !== ''), 'is not a path: a name between dots is empty')
  .refine((text) => text.split('.').length <= maxSegments, `is not a path: it has more than ${maxSegments} names`);

const word = z.union([z.string().max(200), z.number(), z.boolean(), z.null()], {
  error: 'must be one word (or a number, true, false or null)',
});
/** A table as a list of entries, because zod's object would leave out an entry called `__proto__`. */
const entries = (found: unknown) =>
  typeof found === 'object' && found !== null && !Array.isArray(found) ? Object.entries(found) : found && null;
const words = z.preprocess(
  entries,
  z
    .array(z.tuple([z.string().min(1).max(200), word]), 'must give each word and what it means ({Pend: Pending})')
    .max(1_000, 'has too many words'),
);
const unit = z.union([z.string().min(1).max(20), z.strictObject({ path })], {
  error: 'must be a unit ("acres") or {path: <where the document names the unit>}',
});

const dateOrder = z.enum(dateOrders, { error: `must be ${dateOrders.join(' or ')}` });

const place = z.preprocess(
  (found) => (typeof found === 'string' ? { path: found } : found),
  z.strictObject(
    {
      path,
      words: words.optional(),
      unit: unit.optional(),
      dateOrder: dateOrder.optional(),
      refersTo: z.string().max(60).optional(),
    },
    ifNot('a path (`price`, `address.city`) or {path: …}'),
  ),
);

const asList = (found: unknown) => (found === undefined || Array.isArray(found) ? (found ?? []) : [found]);
/** `{path: st, constant: Active}`: the constant is the field's. */
const withConstant = ({ constant, ...place }: { readonly path: unknown; readonly constant?: unknown }) => ({
  from: [place],
  ...(constant === undefined ? {} : { constant }),
});

const shorthand = (found: unknown) =>
  typeof found === 'string' || Array.isArray(found)
    ? { from: found }
    : typeof found === 'object' && found !== null && 'path' in found
      ? withConstant(found)
      : found;

const field = z.preprocess(
  shorthand,
  z
    .strictObject(
      {
        from: z.preprocess(asList, z.array(place).max(20)),
        words: words.optional(),
        unit: unit.optional(),
        dateOrder: dateOrder.optional(),
        refersTo: z.string().max(60).optional(),
        constant: z
          .union([z.string().max(1_000), z.number(), z.boolean()], { error: 'must be a text, a number, true or false' })
          .optional(),
      },
      ifNot('a path (`price`, `address.city`), a list of paths, or {from: …}'),
    )
    .refine(({ from, constant }) => from.length > 0 || constant !== undefined, {
      error: 'needs a path or a constant',
      // A misspelled key is reported, and may be the path.
      when: ({ issues }) => issues.length === 0,
    }),
);
export type FieldMapping = z.output<typeof field>;

const wanted = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const condition = z.union(
  [
    wanted,
    z.array(wanted).min(1).max(100),
    z.strictObject({ not: z.union([wanted, z.array(wanted).min(1).max(100)]) }),
    z.strictObject({ exists: z.boolean() }),
  ],
  { error: 'must be a value, a list of values, {not: …} or {exists: true|false}' },
);
export type Condition = z.output<typeof condition>;

const fieldsOf = (name: RecordTypeName) =>
  z
    .strictObject(
      Object.fromEntries(recordType(name).slots.map((slot) => [slot, field.optional()])),
      ifNot('fields, each with the path where documents have it ({listPrice: price})'),
    )
    .refine((fields) => Object.values(fields).some((said) => said !== undefined), {
      error: 'is empty: give at least one field and the path where documents have it ({listPrice: price})',
      // Otherwise there is something in it, which is reported.
      when: ({ issues }) => issues.length === 0,
    });
export type MappedFields = Readonly<Record<string, FieldMapping | undefined>>;

const where = z.preprocess(
  entries,
  z
    .array(z.tuple([path, condition]), 'must give a path and its condition ({kind: buyer})')
    .min(1)
    .max(20),
);

/** `fields`: what is different in this collection; each replaces the record type's field of that name. */
const collectionOf = (fields: ReturnType<typeof fieldsOf>) =>
  z.preprocess(
    (found) => (typeof found === 'string' ? { name: found } : found),
    z.strictObject(
      { name: z.string().min(1).max(120), where: where.optional(), fields: fields.optional() },
      ifNot('the name of a collection or {name: …, where: …, fields: …}'),
    ),
  );
export type MappedCollection = {
  readonly name: string;
  readonly where?: z.output<typeof where> | undefined;
  readonly fields?: MappedFields | undefined;
};

/** The same document, taken twice, would be in the way of itself. */
const noneTwice = (collections: readonly MappedCollection[], context: z.RefinementCtx): void => {
  for (const [at, { name, where }] of collections.entries()) {
    const before = collections.slice(0, at).filter((other) => other.name === name);
    if (before.length === 0) continue;
    const isTold =
      where !== undefined && before.every((other) => other.where !== undefined && !sameWhere(other.where, where));
    if (!isTold)
      context.addIssue({
        code: 'custom',
        path: [at],
        message: `\`${name}\` is here twice: remove one, or give each a \`where\` that takes other documents`,
      });
  }
};

type Where = NonNullable<MappedCollection['where']>;
const sameWhere = (one: Where, other: Where): boolean => inOrder(one) === inOrder(other);
const inOrder = (where: Where): string => JSON.stringify([...where].sort(([a], [b]) => (a < b ? -1 : 1)));

const typeSchema = (name: RecordTypeName) => {
  const fields = fieldsOf(name);
  return z.strictObject(
    {
      collections: z.preprocess(
        asList,
        z.array(collectionOf(fields)).min(1, 'needs the name of a collection').max(20).superRefine(noneTwice),
      ),
      fields,
    },
    ifNot('`collections` and `fields`'),
  );
};

/**
 * A mapping file: for each record type, the collections with its documents, and for each field of openhouse where they
 * have it.
 */
export const mappingSchema = z
  .strictObject({
    name: z
      .string(ifNot('a short name of lower-case letters, digits and dashes'))
      .regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'must be a short name of lower-case letters, digits and dashes'),
    about: z.string().max(2_000).optional(),
    ...(Object.fromEntries(recordTypeNames.map((name) => [name, typeSchema(name).optional()])) as {
      [Name in RecordTypeName]: z.ZodOptional<ReturnType<typeof typeSchema>>;
    }),
  })
  .refine(
    (mapping) => recordTypeNames.some((name) => mapping[name] !== undefined),
    'maps nothing: it needs listings, leads or another record type',
  )
  .superRefine((mapping, context) => {
    for (const name of recordTypeNames) {
      for (const [at, fields] of everyFields(mapping[name])) {
        for (const [slot, said] of Object.entries(fields)) {
          if (said === undefined) continue;
          const problem = (path: readonly (string | number)[], message: string | undefined) => {
            if (message === undefined) return;
            context.addIssue({ code: 'custom', path: [name, ...at, slot, ...path], message });
          };
          for (const { path, message } of notUnderstoodIn(name, slot, said)) problem(path, message);
          for (const [path, refersTo] of targetsOf(said)) problem(path, whyNotTarget(mapping, name, slot, refersTo));
        }
      }
    }
  });
export type MappingFile = z.output<typeof mappingSchema>;

type TypeSaid = { readonly collections: readonly MappedCollection[]; readonly fields: MappedFields };

/** The fields of a record type, and those of its collections, each with where it is in the file. */
const everyFields = (said: TypeSaid | undefined): [path: (string | number)[], fields: MappedFields][] =>
  said === undefined
    ? []
    : [
        [['fields'], said.fields],
        ...said.collections.flatMap(({ fields }, index): [(string | number)[], MappedFields][] =>
          fields === undefined ? [] : [[['collections', index, 'fields'], fields]],
        ),
      ];

const targetsOf = (field: FieldMapping): [path: (string | number)[], refersTo: string][] => [
  ...(field.refersTo === undefined ? [] : [[['refersTo'], field.refersTo] as [string[], string]]),
  ...field.from.flatMap(({ refersTo }, index): [(string | number)[], string][] =>
    refersTo === undefined ? [] : [[['from', index, 'refersTo'], refersTo]],
  ),
];

/** Why a field cannot refer to that; `undefined` if it can. */
const whyNotTarget = (
  mapping: { readonly [Name in RecordTypeName]?: TypeSaid | undefined },
  name: RecordTypeName,
  slot: string,
  refersTo: string,
): string | undefined => {
  const target = recordType(name).references[slot];
  if (target === undefined) return `\`${slot}\` does not refer to another document`;
  if (refersTo === '_id' || refersTo === 'email') return undefined;
  const { keys, label } = recordType(target);
  if (!keys.includes(refersTo)) return `must be one of _id, email, ${keys.join(', ')}`;
  if (everyFields(mapping[target]).some(([, fields]) => fields[refersTo] !== undefined)) return undefined;
  return `refers to the ${refersTo} of ${label}, but ${target}.fields does not say where they have it`;
};
