import { z } from 'zod';
import { schemaOf } from '../catalogue/schema.ts';
import { otherValueSchema, textSchema, warningSchema } from '../values.ts';
import { listingFields } from './fields.ts';

/** RESO Media, as far as the old CRM had it. */
export const mediaSchema = z.object({ mediaURL: z.string().min(1).max(2000), shortDescription: textSchema.optional() });

export const listingFieldsSchema = schemaOf(listingFields, {
  media: z.array(mediaSchema),
  otherValues: z.array(otherValueSchema),
  warnings: z.array(warningSchema),
});

export type ListingFields = z.infer<typeof listingFieldsSchema>;
