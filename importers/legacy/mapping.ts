import type { z } from 'zod';
import type { Warning } from '../../domain/values.ts';
import { idTime } from './fields/ids/document-id.ts';
import type { Reference } from './fields/ids/reference.ts';
import { readTimestamp } from './fields/times/date.ts';
import type { Looked } from './looked.ts';
import type { QuarantineCode } from './quarantine-codes.ts';
import type { Reading } from './reading.ts';

/** Why a document cannot become a record: a stable code, the path of the field to correct, and a sentence. */
export type QuarantineReason = { readonly code: string; readonly path: string; readonly reason: string };

/** A legacy document in openhouse's terms. */
export type Mapped<Payload> = {
  readonly payload: Payload;
  /**
   * What could not be understood, besides what the payload's fields say. It is no part of what the document says: an edit that
   * changes nothing else does not make it a new activity, or change its record.
   */
  readonly warnings?: readonly Warning[];
  /**
   * Two documents of a collection with the same identity describe the same thing; with a `~`, only if nothing
   * contradicts it.
   */
  readonly identities: readonly string[];
  /** The lead that it belongs to. */
  readonly contactRef?: Reference;
  /** The agent that it names. */
  readonly agentRef?: Reference;
};

/** A document that is set aside. Its opt-outs count nevertheless: see staging/arriving/opt-outs.ts. */
export type SetAside = { readonly quarantine: QuarantineReason };

export const setAside = (code: QuarantineCode, path: string, reason: string): SetAside => ({
  quarantine: { code, path, reason },
});

/** Words from a list, for a reason: `Call, Email or SMS`. */
export const oneOf = (words: readonly string[]): string =>
  new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(words);

/** What to do about a word that is not known. */
export const otherWords = 'The mapping can say what other words mean (`words`).';

/** When a document says it was created and last changed, ISO 8601; if it does not, when its ObjectId was created. */
export type DocumentTimes = { readonly createdAt?: string; readonly updatedAt?: string };

export const timesOf = (look: Looked): DocumentTimes => {
  const createdAt = readTimestamp(look.first('createdAt')).value ?? idTime(look.document._id);
  const updatedAt = readTimestamp(look.first('updatedAt')).value;
  return { ...(createdAt === undefined ? {} : { createdAt }), ...(updatedAt === undefined ? {} : { updatedAt }) };
};

/** Collects the fields of a record, and what could not be understood. */
export type Draft<Fields extends { warnings: Warning[] }> = {
  /** Sets a field from a reading, keeping its warning. */
  put<Name extends keyof Fields & string>(name: Name, reading: Reading<Fields[Name]>, found: unknown): void;
  /** Sets several fields from one reading; its warning is filed under `name`. */
  putAll(name: keyof Fields & string, reading: Reading<Partial<Fields>>, found: unknown): void;
  /** @param name the field, or for something that is not a field, its subject: `emailOptOut` */
  warn(name: (keyof Fields & string) | 'emailOptOut', code: string, found: unknown): void;
  /** The collected fields. Those that the schema rejects are left out, with a warning. */
  finish(): Partial<Fields>;
};

/** Starts collecting a record's fields. @param schema the domain's schema of all its fields */
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

/** The value found, as a short text that lets a person see what is wrong. */
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
