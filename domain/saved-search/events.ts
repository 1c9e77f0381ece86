import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-definition.ts';
import { changesSchema } from '../known-schema.ts';
import { personal } from '../personal.ts';
import { scheduleTypeSchema } from '../reso.ts';
import { keySchema, nameSchema } from '../values.ts';
import { criteriaSchema, savedSearchFieldsSchema } from './fields.ts';

/** A buyer asked to be told of homes like these. */
const savedSearchCreated = defineEvent(
  'SavedSearchCreated',
  savedSearchFieldsSchema
    .partial()
    .extend({ savedSearchKey: keySchema, contactKey: keySchema, criteria: criteriaSchema, activeYN: z.boolean() }),
);

/** The buyer looks for something else now. */
const criteriaChanged = defineEvent('CriteriaChanged', z.object({ criteria: criteriaSchema }));

/** How often the buyer wants to hear of it. */
const scheduleTypeChanged = defineEvent(
  'ScheduleTypeChanged',
  z.object({ scheduleType: scheduleTypeSchema.nullable() }),
);

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

export const savedSearchEvents = [
  savedSearchCreated,
  criteriaChanged,
  scheduleTypeChanged,
  searchPaused,
  searchResumed,
  savedSearchDetailsCorrected,
] as const;

export type SavedSearchEvent = EventOf<typeof savedSearchEvents>;
