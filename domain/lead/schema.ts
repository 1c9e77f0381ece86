import { z } from 'zod';
import { schemaOf } from '../catalogue/schema.ts';
import { personal } from '../personal.ts';
import { keySchema, otherValueSchema, textSchema, timestampSchema, warningSchema } from '../values.ts';
import { leadFields } from './fields.ts';

const noteSchema = z.object({
  text: personal(textSchema),
  memberKey: keySchema.optional(),
  at: timestampSchema.optional(),
});

export const leadFieldsSchema = schemaOf(leadFields, {
  notes: z.array(noteSchema),
  otherValues: z.array(otherValueSchema),
  warnings: z.array(warningSchema),
});

export type LeadFields = z.infer<typeof leadFieldsSchema>;
