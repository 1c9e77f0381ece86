/**
 * A field of a record, defined once: the kind of value it has and its label. Its zod schema (schema.ts), its column in
 * the read model (projections/columns.ts), how it is shown (format.ts) and entered (commands/corrections/correction-values.ts),
 * whether it is personal, and its line in docs/data-dictionary.md all follow from this.
 *
 * Only data: projections are bundled with their code, and the bundle should not contain a schema library.
 */
export type Field = { readonly label: string; readonly personal?: true; readonly ours?: true } & (
  | { readonly kind: 'text' | 'name' | 'email' | 'phone' | 'postalCode' | 'slackUser' | 'date' | 'timestamp' | 'flag' }
  | { readonly kind: 'emails' | 'words' | 'legacyIds' }
  /** A short code from some other system; at most `max` characters. */
  | { readonly kind: 'code'; readonly max: number }
  /** The key of another record of ours; `of` is its kind. */
  | { readonly kind: 'key'; readonly of?: RecordName }
  | { readonly kind: 'keys'; readonly of: RecordName }
  /** US dollars; above 0 unless `zero` allows it. */
  | { readonly kind: 'money'; readonly zero?: true }
  /** A whole number. */
  | { readonly kind: 'count' | 'year'; readonly min: number; readonly max: number }
  /** A number with decimals. */
  | { readonly kind: 'number'; readonly min: number; readonly max: number }
  /** Square feet. */
  | { readonly kind: 'area'; readonly max: number }
  /** Degrees, from -`max` to `max`. */
  | { readonly kind: 'degrees'; readonly max: number }
  /** One of a few values, or several of them. */
  | { readonly kind: 'choice' | 'choices'; readonly values: readonly [string, ...string[]] }
  /**
   * A value with several parts; its schema is in the aggregate's schema.ts. `example` shows how to enter it, as JSON.
   */
  | { readonly kind: 'structure'; readonly example: string }
);

export type RecordName = 'listing' | 'lead' | 'agent' | 'savedSearch';
export type Fields = Readonly<Record<string, Field>>;

const plain =
  <const Kind extends string>(kind: Kind) =>
  (label: string) =>
    ({ kind, label }) as const;

/** Text of any length that a person wrote. */
export const text = plain('text');
/** A short text: a name, a place, a word. */
export const name = plain('name');
export const postalCode = plain('postalCode');
export const slackUser = plain('slackUser');
/** A calendar date, `2026-03-31`. */
export const date = plain('date');
/** A moment, ISO 8601 in UTC. */
export const timestamp = plain('timestamp');
export const flag = plain('flag');
/** A list of words without an order; the same words in another order or case are equal. */
export const words = plain('words');
export const legacyIds = plain('legacyIds');

/** Marks a field as personal data: it stays out of logs, Sentry and Slack metadata, and can be erased. */
export const personal = <const Plain extends Field>(field: Plain) => ({ ...field, personal: true }) as const;

/** Marks a field that the RESO Data Dictionary does not have, or not with this meaning. */
export const ours = <const Plain extends Field>(field: Plain) => ({ ...field, ours: true }) as const;

const person =
  <const Kind extends string>(kind: Kind) =>
  (label: string) =>
    ({ kind, label, personal: true }) as const;

export const email = person('email');
export const emails = person('emails');
/** E.164: `+15615550134`. */
export const phone = person('phone');

export const code = (label: string, { max }: { max: number }) => ({ kind: 'code', label, max }) as const;
export const key = <const Of extends RecordName | undefined = undefined>(label: string, of?: Of) =>
  ({ kind: 'key', label, ...(of === undefined ? {} : { of }) }) as { kind: 'key'; label: string; of?: RecordName };
export const keys = (label: string, of: RecordName) => ({ kind: 'keys', label, of }) as const;
/** US dollars, above 0. */
export const money = plain('money');
/** US dollars, including 0: a fee of 0 is a valid fee. */
export const fee = (label: string) => ({ kind: 'money', label, zero: true }) as const;
export const count = (label: string, { min = 0, max = 200 }: { min?: number; max?: number } = {}) =>
  ({ kind: 'count', label, min, max }) as const;
export const year = (label: string) => ({ kind: 'year', label, min: 1600, max: 2200 }) as const;
export const number = (label: string, { min, max }: { min: number; max: number }) =>
  ({ kind: 'number', label, min, max }) as const;
/** Square feet, above 0. */
export const area = (label: string, { max = 10_000_000 }: { max?: number } = {}) =>
  ({ kind: 'area', label, max }) as const;
export const degrees = (label: string, max: 90 | 180) => ({ kind: 'degrees', label, max }) as const;
export const choice = <const Values extends readonly [string, ...string[]]>(label: string, values: Values) =>
  ({ kind: 'choice', label, values }) as const;
export const choices = <const Values extends readonly [string, ...string[]]>(label: string, values: Values) =>
  ({ kind: 'choices', label, values }) as const;
export const structure = (label: string, example: string) => ({ kind: 'structure', label, example }) as const;
