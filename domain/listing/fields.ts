import { z } from 'zod';
import { propertySubTypeSchema, propertyTypeSchema, standardStatusSchema } from '../reso.ts';
import {
  dateSchema,
  keySchema,
  legacyIdsSchema,
  moneySchema,
  nameSchema,
  otherValueSchema,
  textSchema,
  timestampSchema,
  warningSchema,
} from '../values.ts';

/** RESO Media, as much of it as the legacy CRM knew. */
export const mediaSchema = z.object({ mediaURL: z.string().min(1).max(2000), shortDescription: textSchema.optional() });

/**
 * Everything that can be known of a listing, by RESO Data Dictionary 2.1 names (Property). Prices in US dollars, areas
 * in square feet, coordinates in degrees. `features`, `legacyIds` and `warnings` are ours.
 */
export const listingFieldsSchema = z.object({
  listingId: z.string().min(1).max(100),
  standardStatus: standardStatusSchema,
  mlsStatus: nameSchema,
  listPrice: moneySchema,
  originalListPrice: moneySchema,
  closePrice: moneySchema,
  closeDate: dateSchema,
  onMarketDate: dateSchema,
  bedroomsTotal: z.number().int().min(0).max(200),
  bathroomsTotalInteger: z.number().int().min(0).max(200),
  bathroomsFull: z.number().int().min(0).max(200),
  bathroomsHalf: z.number().int().min(0).max(200),
  livingArea: z.number().positive().max(10_000_000),
  lotSizeSquareFeet: z.number().positive().max(100_000_000_000),
  yearBuilt: z.number().int().min(1600).max(2200),
  propertyType: propertyTypeSchema,
  propertySubType: propertySubTypeSchema,
  unparsedAddress: textSchema,
  streetNumber: nameSchema,
  streetName: nameSchema,
  unitNumber: nameSchema,
  city: nameSchema,
  stateOrProvince: nameSchema,
  postalCode: z.string().regex(/^\d{5}(-\d{4})?$/),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  photosCount: z.number().int().min(0),
  media: z.array(mediaSchema),
  features: z.array(nameSchema),
  publicRemarks: textSchema,
  listAgentKey: keySchema,
  listOfficeName: nameSchema,
  internetEntireListingDisplayYN: z.boolean(),
  internetAddressDisplayYN: z.boolean(),
  modificationTimestamp: timestampSchema,
  legacyIds: legacyIdsSchema,
  otherValues: z.array(otherValueSchema),
  warnings: z.array(warningSchema),
});

export type ListingFields = z.infer<typeof listingFieldsSchema>;
