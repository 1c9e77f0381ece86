import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-definition.ts';
import { changesSchema } from '../known-schema.ts';
import { personal } from '../personal.ts';
import { keySchema, nameSchema } from '../values.ts';
import { criteriaSchema, holdReasonSchema, savedSearchFieldsSchema } from './schema.ts';

const { scheduleType } = savedSearchFieldsSchema.shape;

/** A buyer asked to be notified about homes like these. */
const savedSearchCreated = defineEvent(
  'SavedSearchCreated',
  savedSearchFieldsSchema
    .partial()
    .extend({ savedSearchKey: keySchema, contactKey: keySchema, criteria: criteriaSchema, activeYN: z.boolean() }),
);

/** The buyer looks for something else now. */
const criteriaChanged = defineEvent('CriteriaChanged', z.object({ criteria: criteriaSchema }));

/** How often the buyer wants to hear of it. */
const scheduleTypeChanged = defineEvent('ScheduleTypeChanged', z.object({ scheduleType: scheduleType.nullable() }));

const searchPaused = defineEvent('SearchPaused', z.object({ reason: personal(nameSchema).optional() }));
const searchResumed = defineEvent('SearchResumed', z.object({}));

/** What we had recorded was wrong or incomplete (the lead it belongs to among it); `null` for empty. */
const savedSearchDetailsCorrected = defineEvent(
  'SavedSearchDetailsCorrected',
  z.object({
    changes: changesSchema(
      savedSearchFieldsSchema.omit({ legacyIds: true, criteria: true, activeYN: true, scheduleType: true }),
    ),
  }),
);

/**
 * Something that narrows the search, or says when to send it, was not understood completely. Nothing is sent for it until the hold
 * is lifted: what a buyer did not ask for must not reach them. These are all reasons; they replace those of an earlier hold.
 * Whether the buyer wants to hear of it at all (`activeYN`, with RESO's ReasonActiveOrDisabled) is another matter: a search can be
 * paused, on hold, both or neither.
 */
const savedSearchPutOnHold = defineEvent(
  'SavedSearchPutOnHold',
  z.object({ reasons: z.array(holdReasonSchema).min(1) }),
);

/** Everything in it is understood now: the source was repaired, or a person said what is right. */
const savedSearchHoldLifted = defineEvent('SavedSearchHoldLifted', z.object({}));

export const savedSearchEvents = [
  savedSearchCreated,
  criteriaChanged,
  scheduleTypeChanged,
  searchPaused,
  searchResumed,
  savedSearchDetailsCorrected,
  savedSearchPutOnHold,
  savedSearchHoldLifted,
] as const;

export type SavedSearchEvent = EventOf<typeof savedSearchEvents>;
