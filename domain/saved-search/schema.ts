import { z } from 'zod';
import { schemaOf } from '../catalogue/schema.ts';
import { propertySubTypes, standardStatuses } from '../reso.ts';
import { moneySchema, nameSchema, warningSchema } from '../values.ts';
import { savedSearchFields } from './fields.ts';

const cities = z.array(nameSchema).min(1);
const postalCodes = z.array(z.string().regex(/^\d{5}$/)).min(1);

/**
 * What a buyer looks for. All given criteria must hold. A list holds if one of its values does, and `areas` if the home
 * is in one of its cities or postal codes. No criteria means every home. Prices are in US dollars, living area in
 * square feet; ranges include both ends. `polygon` is a ring of `[longitude, latitude]` in degrees, its last point
 * joined to its first.
 */
export const criteriaSchema = z
  .object({
    cities,
    postalCodes,
    areas: z.object({ cities, postalCodes }).strict(),
    listPriceMin: moneySchema,
    listPriceMax: moneySchema,
    bedroomsMin: z.number().int().min(0).max(50),
    bedroomsMax: z.number().int().min(0).max(50),
    bathroomsMin: z.number().min(0.5).max(50),
    bathroomsMax: z.number().min(0.5).max(50),
    livingAreaMin: z.number().positive(),
    livingAreaMax: z.number().positive(),
    propertySubTypes: z.array(z.enum(propertySubTypes)).min(1),
    standardStatuses: z.array(z.enum(standardStatuses)).min(1),
    keywords: z.array(nameSchema).min(1),
    polygon: z.array(z.tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)])).min(3),
  })
  .partial()
  .strict();
export type Criteria = z.infer<typeof criteriaSchema>;

/**
 * Why a saved search is on hold: the field that was not understood completely (`criteria`, `scheduleType`, `activeYN`),
 * a code, and the value found, shortened.
 */
export const holdReasonSchema = warningSchema;
export type HoldReason = z.infer<typeof holdReasonSchema>;

export const savedSearchFieldsSchema = schemaOf(savedSearchFields, {
  criteria: criteriaSchema,
  warnings: z.array(warningSchema),
});
export type SavedSearchFields = z.infer<typeof savedSearchFieldsSchema>;
