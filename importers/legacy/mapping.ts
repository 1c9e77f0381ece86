import type { z } from 'zod';
import type { Warning } from '../../domain/values.ts';
import { idTime } from './fields/ids/document-id.ts';
import type { Reference } from './fields/ids/reference.ts';
import { readTimestamp } from './fields/times/date.ts';
import { isMissing, type Reading } from './reading.ts';

export type LegacyDocument = Readonly<Record<string, unknown>>;

/** Names that every document has, or that say nothing of the record: Mongoose's bookkeeping. */
const everywhere = ['_id', '__v', 'createdAt', 'updatedAt'] as const;

/**
 * A legacy document as a mapping sees it: only the fields that it lists can be read, anything else is a type error. So the list is
 * complete, and fields that no mapping reads can be counted (see `readsOnly`).
 */
export type DocumentWith<Name extends string> = Readonly<Partial<Record<Name | (typeof everywhere)[number], unknown>>>;

/** Whether a mapping reads a field, by the list of those it reads. */
export const readsOnly = (names: readonly string[]): ((name: string) => boolean) => {
  const read = new Set<string>([...everywhere, ...names]);
  return (name) => read.has(name);
};

/** Why a document cannot become a record: a stable code, the path of the field that is to be mended, and a sentence. */
export type QuarantineReason = { readonly code: string; readonly path: string; readonly reason: string };

/** A legacy document in openhouse's terms. */
export type Mapped<Payload> = {
  readonly payload: Payload;
  /** What makes two documents of a collection tell of one thing; with a `~` only when nothing speaks against it. */
  readonly identities: readonly string[];
  /** The lead that it belongs to. */
  readonly contactRef?: Reference;
  /** The agent that it names. */
  readonly agentRef?: Reference;
};

/** A document that is set aside. What it says of consent counts nevertheless: see staging/arriving/opt-outs.ts. */
export type SetAside = { readonly quarantine: QuarantineReason };

export type Mapping<Payload> = (document: LegacyDocument) => Mapped<Payload> | SetAside;

export const setAside = (code: string, path: string, reason: string): SetAside => ({
  quarantine: { code, path, reason },
});

/** When a document was made and last changed by its own account, ISO 8601; without an account by its ObjectId. */
export type DocumentTimes = { readonly createdAt?: string; readonly updatedAt?: string };

export const timesOf = (document: DocumentWith<never>): DocumentTimes => {
  const createdAt = readTimestamp(document.createdAt).value ?? idTime(document._id);
  const updatedAt = readTimestamp(document.updatedAt).value;
  return { ...(createdAt === undefined ? {} : { createdAt }), ...(updatedAt === undefined ? {} : { updatedAt }) };
};

/** The first of the fields' names under which the document says something. */
export const firstOf = <Name extends string>(
  document: Readonly<Partial<Record<Name, unknown>>>,
  ...names: readonly Name[]
): unknown => {
  const said = names.find((name) => !isMissing(document[name]));
  return said === undefined ? undefined : document[said];
};

/** The fields of a record while they are gathered, with what could not be understood. */
export type Draft<Fields extends { warnings: Warning[] }> = {
  /** Takes a reading as the field; gives its value. */
  put<Name extends keyof Fields & string>(name: Name, reading: Reading<Fields[Name]>, found: unknown): void;
  /** Takes several fields at once from a reading of them all; a warning is kept for the first of `names`. */
  putAll(name: keyof Fields & string, reading: Reading<Partial<Fields>>, found: unknown): void;
  /** @param name the field, or (of what is no field) what it is about: `emailOptOut` */
  warn(name: (keyof Fields & string) | 'emailOptOut', code: string, found: unknown): void;
  /** The gathered fields, valid by the schema: what is not is left out with a warning. */
  finish(): Partial<Fields>;
};

/** Begins the gathering of a record's fields. @param schema the domain's schema of all its fields */
export const draftOf = <Fields extends { warnings: Warning[] }>(
  schema: z.ZodObject<z.ZodRawShape>,
  partial: z.ZodType = schema.partial(),
): Draft<Fields> => {
  const fields: Record<string, unknown> = {};
  const warnings: Warning[] = [];
  const warn = (field: string, code: string, found: unknown) => {
    if (!warnings.some((known) => known.field === field && known.code === code)) {
      warnings.push({ field, code, found: shown(found) });
    }
  };
  return {
    warn,
    put(name, { value, warning }, found) {
      if (value !== undefined && !(Array.isArray(value) && value.length === 0)) fields[name] = value;
      if (warning !== undefined) warn(name, warning, found);
    },
    putAll(name, { value, warning }, found) {
      for (const [field, part] of Object.entries(value ?? {})) {
        if (part !== undefined && !(Array.isArray(part) && part.length === 0)) fields[field] = part;
      }
      if (warning !== undefined) warn(name, warning, found);
    },
    finish() {
      const parsed = partial.safeParse(fields);
      if (!parsed.success) {
        for (const issue of parsed.error.issues) {
          const name = String(issue.path[0]);
          if (name in fields) warn(name, 'not-valid', fields[name]);
          delete fields[name];
        }
      }
      if (warnings.length > 0) fields.warnings = warnings;
      return fields as Partial<Fields>;
    },
  };
};

/** What was found, as short text: enough for a person to see what is wrong. */
export const shown = (found: unknown): string => {
  const text = typeof found === 'string' ? found : found instanceof Date ? dateText(found) : jsonText(found);
  return text
    .replace(/[\p{Cc}\p{Surrogate}]/gu, ' ')
    .slice(0, 200)
    .replace(/[\ud800-\udbff]$/, '');
};

const dateText = (date: Date) => (Number.isNaN(date.getTime()) ? 'an impossible date' : date.toISOString());
const jsonText = (found: unknown) => {
  try {
    return JSON.stringify(found) ?? String(found);
  } catch {
    return String(found);
  }
};
