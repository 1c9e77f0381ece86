import { z } from 'zod';
import { daysOfWeek } from '../days-of-week.ts';
import { propertyTypes } from '../reso.ts';
import { keySchema, moneySchema, nameSchema } from '../values.ts';
import { durationPattern } from './duration.ts';

const durationSchema = z.string().regex(durationPattern, 'must be a time span: 30 minutes, 2 hours, 1 day');
const timeSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time of day: 09:00');
const zipSchema = z.string().regex(/^\d{5}$/, 'must be a ZIP code in quotes: "33432"');
const some = <Schema extends z.ZodType>(schema: Schema) => z.array(schema).min(1);

/**
 * The components of an agent's score, with the most points that each can give. There are no others: nothing that is, or
 * could stand in for, a class protected by the Fair Housing Act is compared. A language only counts if the lead stated
 * it.
 */
export const scoreComponents = [
  'area',
  'price',
  'propertyType',
  'language',
  'capacity',
  'hours',
  'responseTime',
  'conversion',
  'fairness',
] as const;
export type ScoreComponent = (typeof scoreComponents)[number];

/** Which leads a rule is for. All given conditions must hold; a list holds if one of its values does. */
const conditionsSchema = z.strictObject({
  /** Where the lead came from. */
  sources: some(nameSchema).optional(),
  /**
   * Where they are looking for a home, or where the home they asked about is: one of these cities or ZIP codes.
   */
  cities: some(nameSchema).optional(),
  postalCodes: some(zipSchema).optional(),
  /** In US dollars: their budget, or the price of the home they asked about, is in this range. */
  price: z
    .strictObject({ min: moneySchema.optional(), max: moneySchema.optional() })
    .refine(({ min, max }) => min !== undefined || max !== undefined, 'needs min, max or both')
    .refine(({ min = 0, max = Number.POSITIVE_INFINITY }) => min <= max, 'min is above max')
    .optional(),
  /** The type of the home they asked about. */
  propertyTypes: some(z.enum(propertyTypes)).optional(),
  /** The agents who list the home they asked about; `ours`: any agent of the brokerage. */
  listingAgents: z.union([z.literal('ours'), some(keySchema)]).optional(),
  /** The offices of the listing agent. */
  listingOffices: some(keySchema).optional(),
  /** When the lead came, in the brokerage's time zone. */
  days: some(z.enum(daysOfWeek)).optional(),
  /** From (inclusive) to (exclusive); continues past midnight if it ends before it begins. */
  hours: z
    .tuple([timeSchema, timeSchema])
    .refine(([from, to]) => from !== to, 'begins and ends at the same time')
    .optional(),
});

/** A group of agents: those who meet all given conditions. */
const groupSchema = z.strictObject({
  agents: some(keySchema).optional(),
  offices: some(keySchema).optional(),
  specialties: some(nameSchema).optional(),
});

export const policyModes = ['bestMatch', 'weightedRoundRobin', 'firstToClaim', 'pond'] as const;

const stepSchema = z
  .strictObject({
    /** `everyone`, the agent who lists the home they asked about, or a group. */
    offerTo: z.union([z.literal('everyone'), z.literal('listingAgent'), groupSchema], {
      error: 'must be everyone, listingAgent, or a group: { agents: […], offices: […], specialties: […] }',
    }),
    mode: z.enum(policyModes).default('bestMatch'),
    /**
     * How long an agent has to answer, counted from the start of their working hours. Required in every mode except
     * `pond`.
     */
    answerWithin: durationSchema.optional(),
    /**
     * The number of offers in this step before the next step begins. Missing: all agents of the step get an offer
     * first.
     */
    attempts: z.int().min(1).max(100).optional(),
    /** `firstToClaim`: how many agents at once. */
    atOnce: z.int().min(2).max(10).optional(),
    /** `weightedRoundRobin`: how often an agent's turn comes, compared with the others; 1 for agents not named. */
    turns: z.record(keySchema, z.number().min(0.1).max(100)).optional(),
    /**
     * `required`: only agents who are at work now; `preferred`: they get points for it; `ignored`: it does not matter.
     */
    workingHours: z.enum(['required', 'preferred', 'ignored']).default('preferred'),
  })
  .superRefine(({ mode, answerWithin, atOnce, turns }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (mode !== 'pond' && answerWithin === undefined)
      wrong('answerWithin', 'is missing: how long does an agent have to answer?');
    if (mode !== 'firstToClaim' && atOnce !== undefined) wrong('atOnce', 'is only allowed in the mode firstToClaim');
    if (mode !== 'weightedRoundRobin' && turns !== undefined) {
      wrong('turns', 'is only allowed in the mode weightedRoundRobin');
    }
  });

const ruleSchema = z.strictObject({
  name: nameSchema,
  /** Missing: the rule is for every lead that no earlier rule took. */
  when: conditionsSchema.optional(),
  chain: some(stepSchema),
  /** Who gets the lead at the end of the chain. Missing: as for the whole policy. */
  escalateTo: keySchema.optional(),
});

/**
 * How leads find their agents: the first rule whose conditions hold decides. Each rule has a chain of steps and ends
 * with a person, so that a lead is never left without one.
 */
export const policySchema = z.strictObject({
  /** Points by component; a missing component gives none. */
  weights: z.partialRecord(z.enum(scoreComponents), z.number().min(0).max(1000)),
  rules: some(ruleSchema),
  /** A member key, or `broker`: the first active person with the role broker, owner, manager or admin. */
  escalateTo: keySchema,
  /** What happens if an agent who accepted a lead, or was assigned it, does not respond. Missing: nothing. */
  firstResponse: z
    .strictObject({ remindAfter: durationSchema.optional(), escalateAfter: durationSchema.optional() })
    .optional(),
});

export type Policy = z.infer<typeof policySchema>;
export type PolicyRule = Policy['rules'][number];
export type PolicyStep = PolicyRule['chain'][number];
export type RuleConditions = NonNullable<PolicyRule['when']>;
export type AgentGroup = Exclude<PolicyStep['offerTo'], string>;
