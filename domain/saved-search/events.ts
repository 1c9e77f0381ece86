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

/** The buyer now looks for something else. */
const criteriaChanged = defineEvent('CriteriaChanged', z.object({ criteria: criteriaSchema }));

/** How often the buyer wants to be notified. */
const scheduleTypeChanged = defineEvent('ScheduleTypeChanged', z.object({ scheduleType: scheduleType.nullable() }));

const searchPaused = defineEvent('SearchPaused', z.object({ reason: personal(nameSchema).optional() }));
const searchResumed = defineEvent('SearchResumed', z.object({}));

/** Something on record was wrong or incomplete (including the lead it belongs to); `null` for empty. */
const savedSearchDetailsCorrected = defineEvent(
  'SavedSearchDetailsCorrected',
  z.object({
    changes: changesSchema(
      savedSearchFieldsSchema.omit({ legacyIds: true, criteria: true, activeYN: true, scheduleType: true }),
    ),
  }),
);

/**
 * Something that narrows the search, or says when to send it, was not understood completely. Nothing is sent for it
 * until the hold is lifted, because a buyer must not get what they did not ask for. These are all the reasons; they
 * replace those of an earlier hold. Whether the buyer wants to be notified at all (`activeYN`, with RESO's
 * ReasonActiveOrDisabled) is separate: a search can be paused, on hold, both or neither.
 */
const savedSearchPutOnHold = defineEvent(
  'SavedSearchPutOnHold',
  z.object({ reasons: z.array(holdReasonSchema).min(1) }),
);

/** Everything is understood now: the source was fixed, or a person corrected the search. */
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
