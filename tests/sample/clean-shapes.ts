import { ObjectId } from 'bson';
import { z } from 'zod';

/** The shape of a clean dump's documents: one per collection, with no other fields. */

const id = z.instanceof(ObjectId);
const date = z.date();
const whole = z.number().int();
const email = z.string().regex(/^[a-z0-9._]+@example\.(com|net|org)$/);
const phone = z.string().regex(/^\+1 \d{3} 555 01\d\d$/);
const stamps = { createdAt: date, updatedAt: date, __v: z.literal(0) };
const range = z.strictObject({ min: whole.positive(), max: whole.positive() }).refine(({ min, max }) => min <= max);
const language = z.enum(['en', 'es', 'pt', 'fr', 'ht', 'ru', 'it']);

const properties = z.strictObject({
  _id: id,
  mlsId: z.string().regex(/^RX-\d{8}$/),
  status: z.enum(['Active', 'Coming Soon', 'Pending', 'Sold', 'Withdrawn', 'Expired', 'Canceled', 'Back on Market']),
  price: whole.positive(),
  originalPrice: whole.positive(),
  soldPrice: whole.positive().optional(),
  soldDate: date.optional(),
  beds: whole.min(0).max(12).optional(),
  baths: z.number().multipleOf(0.5).positive().optional(),
  sqft: whole.positive().optional(),
  lotSize: z.number().positive().optional(),
  lotUnit: z.literal('acres').optional(),
  hoaFee: whole.min(0).optional(),
  hoaFrequency: z.literal('Monthly').optional(),
  yearBuilt: whole.min(1900).max(2026).optional(),
  propertyType: z.enum(['Single Family', 'Condo', 'Townhouse', 'Multi', 'Land', 'Mobile']),
  address: z.strictObject({
    street: z.string().regex(/^\d+ ./),
    unit: z.string().optional(),
    city: z.string(),
    state: z.string().length(2),
    zip: z.string().regex(/^\d{5}$/),
  }),
  loc: z.strictObject({
    type: z.literal('Point'),
    coordinates: z.tuple([z.number().min(-82).max(-70), z.number().min(25).max(43)]),
  }),
  agentId: id,
  photos: z.array(z.strictObject({ url: z.url(), caption: z.string() })),
  features: z.array(z.string()),
  description: z.string().regex(/^[^<>Ã]+$/),
  deleted: z.literal(true).optional(),
  ...stamps,
});

const contacts = z.strictObject({
  _id: id,
  firstName: z.string().min(1),
  lastName: z.string().min(1),
  email,
  phone,
  source: z.enum(['zillow', 'realtor.com', 'Website', 'referral', 'Open House', 'Facebook']).optional(),
  stage: z.enum(['new', 'Attempted', 'Contacted', 'nurture', 'Hot', 'Appt', 'Under Contract', 'Closed', 'Trash']),
  assignedTo: id.optional(),
  budget: range.optional(),
  areas: z.array(z.string()).min(1).optional(),
  timeframe: z.enum(['0-3 months', '3-6 months', 'ASAP', '6mo+']).optional(),
  bedsMin: whole.optional(),
  language: language.optional(),
  tags: z.array(z.string()).min(1).optional(),
  emailOptOut: z.boolean().optional(),
  notes: z.array(z.strictObject({ text: z.string(), by: id, at: date })).optional(),
  ...stamps,
});

const users = z.strictObject({
  _id: id,
  name: z.string().min(3),
  email,
  phone,
  roles: z.array(z.enum(['agent', 'admin'])).min(1),
  active: z.boolean(),
  slackId: z.string().regex(/^U0[A-Z0-9]{9}$/),
  licenseNo: z.string().optional(),
  areas: z.array(z.string()),
  specialties: z.array(z.string()),
  languages: z.array(language).min(1),
  priceRange: range.optional(),
  maxLeads: whole.positive().optional(),
  vacation: z.strictObject({ from: date, to: date }).optional(),
  hours: z.record(z.string(), z.tuple([z.string(), z.string()])),
  ...stamps,
});

const savedsearches = z.strictObject({
  _id: id,
  contactId: id,
  query: z
    .strictObject({
      cities: z.array(z.string()).min(1).optional(),
      zips: z.array(z.string().length(5)).min(1).optional(),
      minPrice: whole.positive().optional(),
      maxPrice: whole.positive().optional(),
      minBeds: whole.optional(),
      minBaths: whole.optional(),
      minSqft: whole.optional(),
      types: z.array(z.string()).min(1).optional(),
      keywords: z.array(z.string()).min(1).optional(),
      polygon: z
        .array(z.tuple([z.number(), z.number()]))
        .min(4)
        .optional(),
    })
    .refine((query) => Object.keys(query).length > 0),
  frequency: z.enum(['instant', 'daily', 'weekly', 'never']).optional(),
  active: z.boolean(),
  lastSentAt: date.optional(),
  ...stamps,
});

const status = z.enum(['offered', 'accepted', 'declined', 'expired', 'reassigned']);
const type = z.enum(['call', 'email', 'sms', 'note', 'showing', 'site_visit']);

export const cleanShapes = {
  users,
  properties,
  contacts,
  savedsearches,
  leadassignments: z.strictObject({ _id: id, contactId: id, agentId: id, status, at: date }),
  activities: z.strictObject({
    _id: id,
    contactId: id,
    type,
    at: date,
    body: z.string().optional(),
    userId: id.optional(),
  }),
  alerts_sent: z.strictObject({ _id: id, searchId: id, propertyId: id, sentAt: date }),
} as const;
