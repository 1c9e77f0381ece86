import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-definition.ts';
import { changesSchema } from '../known-schema.ts';
import { personal } from '../personal.ts';
import { keySchema, legacyIdsSchema, nameSchema, textSchema, timestampSchema } from '../values.ts';
import { leadFieldsSchema } from './schema.ts';

const { leadSource, leadStage } = leadFieldsSchema.shape;

/** A fact for or against an agent, with its points: `{ rule: 'area', points: 40, detail: 'covers 33432' }`. */
const offerReasonSchema = z.object({ rule: nameSchema, points: z.number(), detail: textSchema });
export type OfferReason = z.infer<typeof offerReasonSchema>;

/**
 * How a lead is offered: to the best match, in turn, to several at once of whom the first to accept gets it, or to all
 * of a group with no deadline.
 */
const offerModes = ['bestMatch', 'weightedRoundRobin', 'firstToClaim', 'pond', 'byHand'] as const;
export type OfferMode = (typeof offerModes)[number];

/** Why an agent passed, with the text of the offer's buttons. */
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
const escalationReasons = ['nobody-fits', 'chain-ended', 'offer-rejected', 'no-first-response'] as const;
export type EscalationReason = (typeof escalationReasons)[number];

/**
 * An agent who could have had the lead, with the score by component: `{ area: 40, price: 25, fairness: 3.5 }`.
 * `lastOfferedAt` breaks ties (missing: never).
 */
const offerCandidateSchema = z.object({
  memberKey: keySchema,
  score: z.number(),
  components: z.record(nameSchema, z.number()),
  lastOfferedAt: timestampSchema.optional(),
});
export type OfferCandidate = z.infer<typeof offerCandidateSchema>;

export const activityTypes = ['Call', 'Email', 'SMS', 'Note', 'Showing', 'Site Visit'] as const;
export type ActivityType = (typeof activityTypes)[number];

/** In version 1, an offer was made to one agent. */
const toSeveral = ({ memberKey, ...data }: Record<string, unknown>) => ({ ...data, memberKeys: [memberKey] });
const unchanged = (data: Record<string, unknown>) => data;

/** A person became a lead; has everything that was known then. */
const leadCaptured = defineEvent('LeadCaptured', leadFieldsSchema.partial().extend({ contactKey: keySchema }));

/** The person inquired again. */
const leadInquired = defineEvent(
  'LeadInquired',
  z.object({
    listingKey: keySchema.optional(),
    leadSource: leadSource.optional(),
    message: personal(textSchema).optional(),
    /** The source's own ID; the same inquiry is recorded once. */
    recordKey: keySchema.optional(),
  }),
  [unchanged],
);

const leadStageChanged = defineEvent(
  'LeadStageChanged',
  z.object({ leadStage, previousLeadStage: leadStage.nullable() }),
);

/** The person opted out of e-mail. Only `LeadOptedIn` reverses this. */
const leadOptedOut = defineEvent('LeadOptedOut', z.object({}));

/** The person asked for e-mail again; never inferred from a document. */
const leadOptedIn = defineEvent('LeadOptedIn', z.object({}));

/**
 * The lead was offered to these agents, and the first to accept gets it. The offer is open until `expiresAt` (missing:
 * until it is answered). `reasons` and `score` are those of the first agent. `candidates` are all agents who could have
 * had it, and `leftOut` those who could not, with the rule that excluded them. It records the policy's version (0: the
 * built-in one), the rule, and the step in the rule's chain, counted from 1; offers of the old CRM and those made by
 * hand have none of these.
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
/** One of the agents it was offered to declined; `note` is the agent's own comment. */
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
/** The offer could not reach the agent, who never saw it, so the lead goes to the next one. `reason` is for people. */
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
 * The lead was escalated to a person: either at the end of the chain, because no agent fits or accepted it (the person
 * has the lead now), or because its agent did not respond in time (the agent keeps it). `detail` is for people.
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

/** The agent was reminded that the lead is waiting for a first response. */
const leadResponseReminded = defineEvent('LeadResponseReminded', z.object({ memberKey: keySchema }));

/** A person gave the lead to an agent, without an offer. */
const leadReassigned = defineEvent(
  'LeadReassigned',
  z.object({ ownerMemberKey: keySchema, previousOwnerMemberKey: keySchema.nullable() }),
);

/** The agent gave the lead back, or a person took it away, so it is offered to others again. */
const leadReleased = defineEvent('LeadReleased', z.object({ previousOwnerMemberKey: keySchema }));

/** A closed or trashed lead was reopened: its agent works on it again or, without one, it is offered. */
const leadReopened = defineEvent('LeadReopened', z.object({ previousLeadStage: leadStage }));

/** A source assigned the lead to an agent (`null`: to none), without an offer. */
const leadAssigned = defineEvent(
  'LeadAssigned',
  z.object({
    ownerMemberKey: keySchema.nullable(),
    previousOwnerMemberKey: keySchema.nullable(),
    recordKey: keySchema.optional(),
  }),
);

/** A call, a message, a showing, a website visit, … `recordKey` is the source's own ID for it. */
const leadActivityLogged = defineEvent(
  'LeadActivityLogged',
  z.object({
    recordKey: keySchema,
    activityType: z.enum(activityTypes),
    body: personal(textSchema).optional(),
    memberKey: keySchema.optional(),
  }),
);

/** Something on record was wrong or incomplete, or the person gave more details; `null` for empty. */
const leadDetailsCorrected = defineEvent(
  'LeadDetailsCorrected',
  z.object({ changes: changesSchema(leadFieldsSchema.omit({ legacyIds: true })) }),
);

/** Other legacy documents turned out to be about the same person; `contactKeys` were separate leads until then. */
const leadMerged = defineEvent(
  'LeadMerged',
  z.object({ legacyIds: legacyIdsSchema, contactKeys: z.array(keySchema).optional() }),
);

/** Some of its documents turned out to be other people; `contactKeys` are the leads that continue them. */
const leadSplit = defineEvent('LeadSplit', z.object({ legacyIds: legacyIdsSchema, contactKeys: z.array(keySchema) }));

/**
 * This turned out to be a different person from `contactKey`, with whom they had been merged. If the lead had ended
 * with that merge, it continues as it was then; `fields` and the other values say how it was.
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

/** This turned out to be the same person as another lead, which continues. Only `LeadSplitFrom` can follow. */
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
