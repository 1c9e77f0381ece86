import { z } from 'zod';
import { ownedTypes } from '../../../../domain/ownership/index.ts';
import { conflictReasons, type Selection } from '../../../../importers/differences/selecting.ts';

const given = {
  type: z.enum(ownedTypes).optional(),
  reason: z.enum(conflictReasons).optional(),
  /** Separated by commas. */
  fields: z
    .string()
    .regex(/^\w+(,\w+)*$/)
    .max(5_000)
    .optional(),
};

/** Which conflicts a form is about: it must not be about more than the person saw because a part of it is not valid. */
export const selectionGiven = z.object(given);

/** Which conflicts an address is about; what is not valid in it does not count. */
export const selectionSchema = z.object({
  type: given.type.catch(undefined),
  reason: given.reason.catch(undefined),
  fields: given.fields.catch(undefined),
});
export type Given = z.infer<typeof selectionSchema>;

export const selectionOf = ({ type, reason, fields }: Given): Selection => ({
  ...(type && { aggregate: type }),
  ...(reason && { reason }),
  ...(fields && { fields: fields.split(',') }),
});

/** What people call the record types: one record, several. */
export const typeWords = {
  listing: ['Listing', 'Listings'],
  lead: ['Lead', 'Leads'],
  agent: ['Agent', 'Agents'],
} as const;
