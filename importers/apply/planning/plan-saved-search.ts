import { sameValue } from '../../../domain/changes.ts';
import type {
  HoldReason,
  SavedSearchCommand,
  SavedSearchFields,
  SavedSearchState,
} from '../../../domain/saved-search/index.ts';
import type { SavedSearchPayload } from '../../legacy/saved-searches.ts';
import type { PendingRecord } from '../load-pending.ts';
import { legacyIdsOf } from './merge.ts';
import {
  type AppliedDates,
  contextsOf,
  datesOf,
  latestUpdate,
  type Planner,
  type Planning,
  type RecordPlan,
  sourceChanges,
} from './plan.ts';

type Applied = {
  readonly fields: Partial<SavedSearchFields>;
  readonly holdReasons?: readonly HoldReason[];
  readonly dates?: AppliedDates;
};

const planSavedSearch = (
  record: PendingRecord,
  planning: Planning,
): RecordPlan<SavedSearchCommand, SavedSearchState> => {
  const document = record.documents[0]!;
  // Documents staged by releases without holds have no reasons.
  const { fields: told, holdReasons = [] } = document.payload as SavedSearchPayload;
  const fields: Partial<SavedSearchFields> = {
    ...told,
    ...(document.contactKey === null ? {} : { contactKey: document.contactKey }),
    legacyIds: legacyIdsOf(record.documents),
  };
  const before = record.applied as Applied | undefined;
  const changes = sourceChanges<SavedSearchFields>(before?.fields, fields);
  // If a person has since resolved a reason that the source gave, it only comes back when the field's value changes.
  const isNews = (reason: HoldReason) =>
    reason.field in changes || !before?.holdReasons?.some((known) => sameValue(known, reason));
  const updatedAt = latestUpdate(record.documents);
  return {
    commands: (state) => [
      {
        type: 'RecordSavedSearch',
        savedSearchKey: record.recordKey,
        fields:
          state.savedSearchKey === null && updatedAt !== undefined
            ? { ...changes, modificationTimestamp: updatedAt }
            : changes,
        holdReasons: holdReasons.filter(
          (reason) => isNews(reason) || state.holdReasons.some((open) => sameValue(open, reason)),
        ),
      },
    ],
    context: contextsOf(record, record.documents, new Map(), planning),
    applied: { fields, holdReasons, dates: datesOf(record.documents) } satisfies Applied,
  };
};

export const savedSearchPlanner: Planner<SavedSearchCommand, SavedSearchState> = { plan: planSavedSearch };
