import type { Field, RecordName } from '../domain/catalogue/field.ts';
import type { Actor } from '../domain/metadata.ts';
import { fieldOf, labelOf } from '../domain/record-fields.ts';
import { type OtherValue, otherValueSchema, type Warning, warningSchema } from '../domain/values.ts';
import { warningMeaning } from '../domain/warning-codes.ts';
import { formatTime } from '../platform/wording/shown-time.ts';
import { formatOffer } from './format-offer.ts';
import { formatDocument } from './format-source.ts';

export { formatTime };

/** How people see values: times in a time zone (default UTC), and the names of records instead of their keys. */
export type Shown = { readonly timeZone?: string; readonly names?: ReadonlyMap<string, string> };

/** The value of a record's field on one line, formatted for people by the kind of field; `–` for empty. */
export const formatField = (record: RecordName, fieldName: string, value: unknown, shown: Shown = {}): string =>
  formatSentences(record, value, shown)?.join('; ') ??
  formatOffer(fieldName, value, shown.names) ??
  formatValue(record, fieldOf(record, fieldName)?.kind, value, shown);

/**
 * Values that are about other fields (warnings, the reasons for a hold, other values in the old CRM), each as a sentence; `undefined`
 * for any other value.
 */
export const formatSentences = (
  record: RecordName,
  value: unknown,
  shown: Shown = {},
): readonly string[] | undefined => {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  if (value.every(isWarning)) return value.map((warning) => formatWarning(record, warning));
  return value.every(isOtherValue) ? value.map((other) => formatOtherValue(record, other, shown)) : undefined;
};

const isWarning = (value: unknown): value is Warning => warningSchema.safeParse(value).success;
const isOtherValue = (value: unknown): value is OtherValue => otherValueSchema.safeParse(value).success;

/** `List price: Of a price range, the lower end is used. (Found: 300-450k)` */
const formatWarning = (record: RecordName, { field, code, found }: Warning): string =>
  `${labelOf(record, field)}: ${warningMeaning(code) ?? `${code}.`}${found === '' ? '' : ` (Found: ${oneLine(found)})`}`;

/** `List price: $475,000 (listing 7002)` */
const formatOtherValue = (record: RecordName, { field, value, legacyId }: OtherValue, shown: Shown): string =>
  `${labelOf(record, field)}: ${formatField(record, field, valueIn(value, fieldOf(record, field)?.kind), shown)} (${formatDocument(legacyId)})`;

/** Kinds of values that are texts themselves, which may look like JSON (`true`, `1e5`). */
const texts = new Set<Field['kind'] | undefined>([
  ...([
    'text',
    'name',
    'email',
    'phone',
    'postalCode',
    'slackUser',
    'date',
    'timestamp',
    'code',
    'key',
    'choice',
  ] as const),
]);

/** Another value is kept as text: as JSON, unless it is a text itself. */
const valueIn = (text: string, kind: Field['kind'] | undefined): unknown => {
  if (texts.has(kind)) return text;
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'number' && String(value) !== text ? text : value;
  } catch {
    return text;
  }
};

const formatValue = (record: RecordName, kind: Field['kind'] | undefined, value: unknown, shown: Shown): string => {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') {
    if (kind === 'money') return dollars.format(value);
    return kind === 'area' ? `${value.toLocaleString('en-US')} sq ft` : String(value);
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) {
    if (value.length === 0) return '–';
    if (kind === 'legacyIds') return value.map((item) => formatDocument(String(item))).join(', ');
    const structures = value.some((item) => typeof item === 'object');
    return value.map((item) => formatPart(record, item, shown)).join(structures ? '; ' : ', ');
  }
  return formatPart(record, value, shown);
};

/** `{ text: 'Has a dog', at: '2026-01-10T15:00:00Z' }` as `Text: Has a dog, At: 2026-01-10 15:00:00 UTC`. */
const formatPart = (record: RecordName, value: unknown, shown: Shown): string => {
  if (typeof value === 'string') {
    if (isoTime.test(value) && !Number.isNaN(Date.parse(value))) return formatTime(value, shown.timeZone);
    return shown.names?.get(value) ?? oneLine(value);
  }
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) {
    const hours = value.length === 2 && value.every((item) => typeof item === 'string' && timeOfDay.test(item));
    return hours ? value.join('–') : `[${value.map((item) => formatPart(record, item, shown)).join(', ')}]`;
  }
  return Object.entries(value)
    .map(([name, part]) => `${labelOf(record, name)}: ${formatPart(record, part, shown)}`)
    .join(', ');
};

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$/;
const timeOfDay = /^\d{1,2}:\d{2}$/;

/** `$450,000`, `$412.50`. */
const dollars = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  trailingZeroDisplay: 'stripIfInteger',
});
const oneLine = (text: string) => text.replace(/[\p{Cc}\s]+/gu, ' ').trim();

/** Who did it: `person mlopez`, `import legacy`. */
export const formatActor = (actor: Actor | null): string => (actor === null ? 'unknown' : `${actor.kind} ${actor.id}`);

/** Whether something was recorded so soon after it happened that showing both times would be pointless. */
export const atOnce = (recorded: string, occurred: string): boolean =>
  Math.abs(Date.parse(recorded) - Date.parse(occurred)) < 5_000;
