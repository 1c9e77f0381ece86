import { z } from 'zod';
import { personal } from '../personal.ts';
import { propertySubTypeSchema, scheduleTypeSchema } from '../reso.ts';
import { keySchema, legacyIdsSchema, moneySchema, nameSchema, timestampSchema, warningSchema } from '../values.ts';

/**
 * What a buyer looks for. Every criterion that is there must hold; a list holds when one of its values does. Prices in US
 * dollars, living area in square feet; `polygon` is a ring of `[longitude, latitude]` in degrees, its last point joined to
 * its first.
 */
export const criteriaSchema = z
  .object({
    cities: z.array(nameSchema).min(1),
    postalCodes: z.array(z.string().regex(/^\d{5}$/)).min(1),
    listPriceMin: moneySchema,
    listPriceMax: moneySchema,
    bedroomsMin: z.number().int().min(1).max(50),
    bathroomsMin: z.number().min(0.5).max(50),
    livingAreaMin: z.number().positive(),
    propertySubTypes: z.array(propertySubTypeSchema).min(1),
    keywords: z.array(nameSchema).min(1),
    polygon: z.array(z.tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)])).min(3),
  })
  .partial()
  .strict();
export type Criteria = z.infer<typeof criteriaSchema>;

/** Everything that can be known of a saved search (RESO SavedSearch and Prospecting). */
export const savedSearchFieldsSchema = z.object({
  contactKey: keySchema,
  // Both are people's own words.
  savedSearchName: personal(nameSchema),
  criteria: criteriaSchema,
  scheduleType: scheduleTypeSchema,
  activeYN: z.boolean(),
  reasonActiveOrDisabled: personal(nameSchema),
  lastSentTimestamp: timestampSchema,
  modificationTimestamp: timestampSchema,
  legacyIds: legacyIdsSchema,
  warnings: z.array(warningSchema),
});
export type SavedSearchFields = z.infer<typeof savedSearchFieldsSchema>;
