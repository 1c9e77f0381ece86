import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-definition.ts';
import { changesSchema } from '../known-schema.ts';
import { personal } from '../personal.ts';
import { keySchema, legacyIdsSchema, nameSchema, textSchema, timestampSchema } from '../values.ts';
import { leadFieldsSchema } from './schema.ts';

const { leadSource, leadStage } = leadFieldsSchema.shape;

/** One fact that spoke for or against an agent, with the points it gave: `{ rule: 'area', points: 40, detail: 'covers 33432' }`. */
export const offerReasonSchema = z.object({ rule: nameSchema, points: z.number(), detail: textSchema });
export type OfferReason = z.infer<typeof offerReasonSchema>;

export const activityTypeSchema = z.enum(['Call', 'Email', 'SMS', 'Note', 'Showing', 'Site Visit']);

/** A person became known to us, with all that was known then. */
const leadCaptured = defineEvent('LeadCaptured', leadFieldsSchema.partial().extend({ contactKey: keySchema }));

/** The person came back and asked about something. */
const leadInquired = defineEvent(
  'LeadInquired',
  z.object({
    listingKey: keySchema.optional(),
    leadSource: leadSource.optional(),
    message: personal(textSchema).optional(),
  }),
);

const leadStageChanged = defineEvent(
  'LeadStageChanged',
  z.object({ leadStage, previousLeadStage: leadStage.nullable() }),
);

/** The person does not want to be written to any more. Only `LeadOptedIn` takes it back. */
const leadOptedOut = defineEvent('LeadOptedOut', z.object({}));

/** The person asked to be written to again; never concluded from a document. */
const leadOptedIn = defineEvent('LeadOptedIn', z.object({}));

/** The lead was offered to an agent, for these reasons; it stands until `expiresAt` (missing: for ever). */
const leadOffered = defineEvent(
  'LeadOffered',
  z.object({
    offerKey: keySchema,
    memberKey: keySchema,
    score: z.number().optional(),
    reasons: z.array(offerReasonSchema),
    expiresAt: timestampSchema.optional(),
  }),
);

const leadAccepted = defineEvent('LeadAccepted', z.object({ offerKey: keySchema, memberKey: keySchema }));
const leadPassed = defineEvent('LeadPassed', z.object({ offerKey: keySchema, memberKey: keySchema }));
/** The offer could not reach the agent, who never saw it: the lead goes on to the next. `reason` is for people to read. */
const leadOfferWithdrawn = defineEvent(
  'LeadOfferWithdrawn',
  z.object({ offerKey: keySchema, memberKey: keySchema, reason: textSchema }),
);
const leadOfferExpired = defineEvent('LeadOfferExpired', z.object({ offerKey: keySchema, memberKey: keySchema }));

/** The lead was assigned to an agent (or, `null`, to no one) without an offer: by hand, or in the old CRM. */
const leadAssigned = defineEvent(
  'LeadAssigned',
  z.object({
    ownerMemberKey: keySchema.nullable(),
    previousOwnerMemberKey: keySchema.nullable(),
    recordKey: keySchema.optional(),
  }),
);

/** Somebody called, wrote, showed a home, or looked at the website. `recordKey` is the source's own id of it. */
const leadActivityLogged = defineEvent(
  'LeadActivityLogged',
  z.object({
    recordKey: keySchema,
    activityType: activityTypeSchema,
    body: personal(textSchema).optional(),
    memberKey: keySchema.optional(),
  }),
);

/** What we had recorded was wrong or incomplete, or the person told us more; `null` for empty. */
const leadDetailsCorrected = defineEvent(
  'LeadDetailsCorrected',
  z.object({ changes: changesSchema(leadFieldsSchema.omit({ legacyIds: true })) }),
);

/** Other legacy documents turned out to be this same person; `contactKeys` were leads of their own until then. */
const leadMerged = defineEvent(
  'LeadMerged',
  z.object({ legacyIds: legacyIdsSchema, contactKeys: z.array(keySchema).optional() }),
);

/** Some of its documents turned out to be other people; `contactKeys` are the leads where those go on. */
const leadSplit = defineEvent('LeadSplit', z.object({ legacyIds: legacyIdsSchema, contactKeys: z.array(keySchema) }));

/**
 * This turned out to be another person than `contactKey`, as a part of whom they had been kept. A lead that had ended there goes on
 * as it was then: `fields` and the rest are given for that.
 */
const leadSplitFrom = defineEvent(
  'LeadSplitFrom',
  z.object({
    contactKey: keySchema,
    fields: leadFieldsSchema.partial().optional(),
    emailOptOut: z.boolean().optional(),
    triedMemberKeys: z.array(keySchema).optional(),
  }),
);

/** This turned out to be the same person as another lead, which goes on. Only `LeadSplitFrom` can follow. */
const leadMergedInto = defineEvent('LeadMergedInto', z.object({ contactKey: keySchema }));

export const leadEvents = [
  leadCaptured,
  leadInquired,
  leadStageChanged,
  leadOptedOut,
  leadOptedIn,
  leadOffered,
  leadAccepted,
  leadPassed,
  leadOfferExpired,
  leadOfferWithdrawn,
  leadAssigned,
  leadActivityLogged,
  leadDetailsCorrected,
  leadMerged,
  leadSplit,
  leadSplitFrom,
  leadMergedInto,
] as const;

export type LeadEvent = EventOf<typeof leadEvents>;
