import { z } from 'zod';
import { personal } from '../personal.ts';
import {
  emailSchema,
  keySchema,
  legacyIdsSchema,
  moneySchema,
  nameSchema,
  otherValueSchema,
  phoneSchema,
  textSchema,
  timestampSchema,
  warningSchema,
} from '../values.ts';

/** Where a lead stands with its agent. Ours: RESO's ContactStatus knows only active and inactive. */
export const leadStageSchema = z.enum([
  'New',
  'Attempted',
  'Contacted',
  'Nurture',
  'Hot',
  'Appointment',
  'Under Contract',
  'Closed',
  'Trash',
]);
export type LeadStage = z.infer<typeof leadStageSchema>;

export const leadSourceSchema = z.enum([
  'Zillow',
  'Realtor.com',
  'Website',
  'Referral',
  'Open House',
  'Facebook',
  'Other',
]);
export const timeframeSchema = z.enum(['ASAP', '0-3 months', '3-6 months', '6-12 months', '12+ months']);

export const noteSchema = z.object({
  text: personal(textSchema),
  memberKey: keySchema.optional(),
  at: timestampSchema.optional(),
});

/**
 * Everything that can be known of a lead. RESO Contacts names where RESO has one (firstName, lastName, email,
 * mobilePhone, leadSource, ownerMemberKey); the rest is ours. Budget in US dollars.
 */
export const leadFieldsSchema = z.object({
  firstName: personal(nameSchema),
  lastName: personal(nameSchema),
  email: emailSchema,
  otherEmails: z.array(emailSchema),
  mobilePhone: phoneSchema,
  mobilePhoneExt: personal(nameSchema),
  leadSource: leadSourceSchema,
  leadStage: leadStageSchema,
  doNotCallYN: z.boolean(),
  ownerMemberKey: keySchema,
  listPriceMin: moneySchema,
  listPriceMax: moneySchema,
  cities: z.array(nameSchema),
  postalCodes: z.array(z.string()),
  bedroomsMin: z.number().int().min(0).max(50),
  timeframe: timeframeSchema,
  languages: z.array(nameSchema),
  tags: z.array(nameSchema),
  notes: z.array(noteSchema),
  modificationTimestamp: timestampSchema,
  legacyIds: legacyIdsSchema,
  otherValues: z.array(otherValueSchema),
  warnings: z.array(warningSchema),
});

export type LeadFields = z.infer<typeof leadFieldsSchema>;
