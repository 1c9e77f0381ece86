import { sameMeaning } from '../../../domain/changes.ts';

/**
 * When fields of a document were last seen to change, by name, ISO 8601. A field that is missing here has not changed
 * since the document was first read.
 */
export type FieldTimes = Readonly<Record<string, string>>;

/** A document's normalised content: its fields, and whatever else its mapping read. */
type Payload = { readonly fields?: object };

/**
 * The field times of an edited document: `at` for the fields that changed; the others keep theirs.
 *
 * @param at when the document was edited, ISO 8601
 */
export const fieldTimesAfter = (
  before: { readonly payload: Payload; readonly fieldTimes: FieldTimes },
  payload: Payload,
  at: string,
): FieldTimes => {
  const [old, now] = [valuesOf(before.payload), valuesOf(payload)];
  const names = Object.keys({ ...old, ...now }).filter((name) => !sameMeaning(old[name], now[name]));
  return { ...before.fieldTimes, ...Object.fromEntries(names.map((name) => [name, at])) };
};

const valuesOf = ({ fields, ...beside }: Payload): Readonly<Record<string, unknown>> => ({ ...beside, ...fields });
