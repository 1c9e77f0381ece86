import { z } from 'zod';
import { ownedTypes } from '../../../../domain/ownership/index.ts';
import { conflictReasons, type Selection } from '../../../../importers/differences/selecting.ts';

/** Which conflicts an address or a form is about; what is not valid in it does not count. */
export const selectionSchema = z.object({
  type: z.enum(ownedTypes).optional().catch(undefined),
  reason: z.enum(conflictReasons).optional().catch(undefined),
  /** Separated by commas. */
  fields: z
    .string()
    .regex(/^\w+(,\w+)*$/)
    .max(5_000)
    .optional()
    .catch(undefined),
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
