import { savedSearchFields } from '../../domain/saved-search/fields.ts';
import type { SavedSearchEvent } from '../../domain/saved-search/index.ts';
import { columnsOf } from '../columns.ts';
import { recordProjection } from '../record-projection.ts';

/**
 * `read.saved_searches`: the present state of every saved search. Homes on the market up to `first_seen_position` (when
 * it was created) or `criteria_position` (when it last changed or resumed its criteria) count as seen. A search on hold
 * (`on_hold_yn`, with `hold_reasons`) matches nothing; homes on the market when the hold is lifted count as seen.
 */
export default recordProjection<SavedSearchEvent>()({
  name: 'saved_searches',
  version: 2,
  category: 'savedSearch',
  key: 'savedSearchKey',
  created: 'SavedSearchCreated',
  columns: {
    ...columnsOf(savedSearchFields),
    onHoldYN: 'boolean',
    holdReasons: 'jsonb',
    firstSeenPosition: 'bigint',
    criteriaPosition: 'bigint',
    createdAt: 'timestamptz',
  },
  indexes: [{ columns: ['contactKey'] }, { columns: ['legacyIds'], using: 'gin' }],
  handlers: {
    SavedSearchCreated: (data, _row, { metadata, position }) => ({
      ...data,
      onHoldYN: false,
      firstSeenPosition: Number(position.commit),
      criteriaPosition: Number(position.commit),
      createdAt: metadata.occurredAt,
    }),
    CriteriaChanged: ({ criteria }, _row, { position }) => ({ criteria, criteriaPosition: Number(position.commit) }),
    ScheduleTypeChanged: ({ scheduleType }) => ({ scheduleType }),
    SearchPaused: ({ reason }) => ({ activeYN: false, reasonActiveOrDisabled: reason ?? null }),
    SearchResumed: (_data, _row, { position }) => ({
      activeYN: true,
      reasonActiveOrDisabled: null,
      criteriaPosition: Number(position.commit),
    }),
    SavedSearchDetailsCorrected: ({ changes }) => changes,
    SavedSearchPutOnHold: ({ reasons }) => ({ onHoldYN: true, holdReasons: reasons }),
    SavedSearchHoldLifted: (_data, _row, { position }) => ({
      onHoldYN: false,
      holdReasons: null,
      criteriaPosition: Number(position.commit),
    }),
  },
});
