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

/** How a lead is offered: to whoever fits best, in turn, to several of whom the first wins, or to all of a group for as long as it takes. */
export const offerModes = ['bestMatch', 'weightedRoundRobin', 'firstToClaim', 'pond', 'byHand'] as const;
export type OfferMode = (typeof offerModes)[number];

/** Why an agent passed, as the buttons of the offer have it. */
export const passReasons = [
  'Too busy',
  'Away',
  'Outside my area',
  'Outside my price range',
  'Conflict of interest',
  'Other',
] as const;
export type PassReason = (typeof passReasons)[number];

/** Why a lead was escalated. */
export const escalationReasons = ['nobody-fits', 'chain-ended', 'no-first-response'] as const;
export type EscalationReason = (typeof escalationReasons)[number];

/**
 * An agent who could have had the lead, with the score by component: `{ area: 40, price: 25, fairness: 3.5 }`.
 * `lastOfferedAt` decides between equal scores (missing: never).
 */
export const offerCandidateSchema = z.object({
  memberKey: keySchema,
  score: z.number(),
  components: z.record(nameSchema, z.number()),
  lastOfferedAt: timestampSchema.optional(),
});
export type OfferCandidate = z.infer<typeof offerCandidateSchema>;

export const activityTypeSchema = z.enum(['Call', 'Email', 'SMS', 'Note', 'Showing', 'Site Visit']);

/** Until version 1, an offer was made to one agent. */
const toSeveral = ({ memberKey, ...data }: Record<string, unknown>) => ({ ...data, memberKeys: [memberKey] });
const unchanged = (data: Record<string, unknown>) => data;

/** A person became known to us, with all that was known then. */
const leadCaptured = defineEvent('LeadCaptured', leadFieldsSchema.partial().extend({ contactKey: keySchema }));

/** The person came back and asked about something. */
const leadInquired = defineEvent(
  'LeadInquired',
  z.object({
    listingKey: keySchema.optional(),
    leadSource: leadSource.optional(),
    message: personal(textSchema).optional(),
    /** The source's own id of it: the same inquiry is recorded once. */
    recordKey: keySchema.optional(),
  }),
  [unchanged],
);

const leadStageChanged = defineEvent(
  'LeadStageChanged',
  z.object({ leadStage, previousLeadStage: leadStage.nullable() }),
);

/** The person does not want to be written to any more. Only `LeadOptedIn` takes it back. */
const leadOptedOut = defineEvent('LeadOptedOut', z.object({}));

/** The person asked to be written to again; never concluded from a document. */
const leadOptedIn = defineEvent('LeadOptedIn', z.object({}));

/**
 * The lead was offered to these agents, of whom the first to accept has it. The offer stands until `expiresAt` (missing: until it is
 * answered). `reasons` and `score` are those of the first agent; `candidates` are all who could have had it, and `leftOut` those who
 * could not, by the rule that kept them from it. What the policy decided by: its version (0: the one that ships), its rule and the
 * step of the rule's chain, counted from 1. Offers of the old CRM and those made by hand have none of these.
 */
const leadOffered = defineEvent(
  'LeadOffered',
  z.object({
    offerKey: keySchema,
    memberKeys: z.array(keySchema).min(1),
    mode: z.enum(offerModes).optional(),
    policyVersion: z.number().int().min(0).optional(),
    rule: nameSchema.optional(),
    step: z.number().int().min(1).optional(),
    score: z.number().optional(),
    reasons: z.array(offerReasonSchema),
    candidates: z.array(offerCandidateSchema).optional(),
    leftOut: z.record(nameSchema, z.array(keySchema)).optional(),
    expiresAt: timestampSchema.optional(),
  }),
  [toSeveral],
);

const leadAccepted = defineEvent('LeadAccepted', z.object({ offerKey: keySchema, memberKey: keySchema }));
/** One of the agents it was offered to does not want it; `note` is what they wrote about it. */
const leadPassed = defineEvent(
  'LeadPassed',
  z.object({
    offerKey: keySchema,
    memberKey: keySchema,
    passReason: z.enum(passReasons).optional(),
    note: personal(textSchema).optional(),
  }),
  [unchanged],
);
/** The offer could not reach the agent, who never saw it: the lead goes on to the next. `reason` is for people to read. */
const leadOfferWithdrawn = defineEvent(
  'LeadOfferWithdrawn',
  z.object({ offerKey: keySchema, memberKey: keySchema, reason: textSchema }),
);
/** These agents did not answer in time. */
const leadOfferExpired = defineEvent(
  'LeadOfferExpired',
  z.object({ offerKey: keySchema, memberKeys: z.array(keySchema).min(1) }),
  [toSeveral],
);

/**
 * The lead came to a person who sees to it: the end of the chain, because no agent fits or none took it (they have the lead now), or
 * because its agent did not respond in time (the agent keeps it). `detail` is for people to read.
 */
const leadEscalated = defineEvent(
  'LeadEscalated',
  z.object({
    memberKey: keySchema,
    escalationReason: z.enum(escalationReasons),
    detail: textSchema,
    policyVersion: z.number().int().min(0).optional(),
    rule: nameSchema.optional(),
  }),
);

/** The agent was reminded that the lead waits for a first response. */
const leadResponseReminded = defineEvent('LeadResponseReminded', z.object({ memberKey: keySchema }));

/** A person gave the lead to an agent, without an offer. */
const leadReassigned = defineEvent(
  'LeadReassigned',
  z.object({ ownerMemberKey: keySchema, previousOwnerMemberKey: keySchema.nullable() }),
);

/** The agent gave the lead back, or a person took it away: it is offered to others again. */
const leadReleased = defineEvent('LeadReleased', z.object({ previousOwnerMemberKey: keySchema }));

/** A lead that was closed or in the trash is worked on again: by its agent or, without one, by whoever it is offered to. */
const leadReopened = defineEvent('LeadReopened', z.object({ previousLeadStage: leadStage }));

/** A source says that the lead is an agent's (or, `null`, no one's), without an offer. */
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
  leadEscalated,
  leadResponseReminded,
  leadReassigned,
  leadReleased,
  leadReopened,
  leadAssigned,
  leadActivityLogged,
  leadDetailsCorrected,
  leadMerged,
  leadSplit,
  leadSplitFrom,
  leadMergedInto,
] as const;

export type LeadEvent = EventOf<typeof leadEvents>;
