import type { RecordName } from '../domain/catalogue/field.ts';
import { recordFields } from '../domain/record-fields.ts';
import { exitCodes, userError } from '../platform/errors.ts';
import { suggestion } from '../platform/wording/near-names.ts';
import { slugOf } from './record-types.ts';

/**
 * Returns whether a field matches what a person asked for: its name, its label ("List price"), or the structure that it
 * is part of (`criteria` means all criteria).
 *
 * @throws UserError if this kind of record has no such field, with suggestions; an empty history would wrongly say that
 * it never changed
 */
export const fieldFilter = (aggregate: RecordName, asked: string): ((fieldName: string) => boolean) => {
  const fields = Object.entries(recordFields[aggregate]);
  const label = asked.trim().toLowerCase();
  const name = fields.find(([, field]) => field.label.toLowerCase() === label)?.[0] ?? asked;
  const isAsked = (fieldName: string) => fieldName === name || fieldName.startsWith(`${name}.`);
  if (fields.some(([fieldName]) => isAsked(fieldName))) return isAsked;
  const names = fields.map(([fieldName]) => fieldName);
  throw userError(`${slugOf(aggregate)} has no field "${asked}": ${suggestion(asked, names)}`, {
    code: 'field-unknown',
    exitCode: exitCodes.usage,
  });
};
