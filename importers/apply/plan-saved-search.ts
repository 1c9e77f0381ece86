import type { SavedSearchCommand, SavedSearchFields, SavedSearchState } from '../../domain/saved-search/index.ts';
import type { SavedSearchPayload } from '../legacy/saved-searches.ts';
import type { PendingRecord } from './load-pending.ts';
import { legacyIdsOf } from './merge.ts';
import { type Planner, type Planning, type RecordPlan, recordContext, sourceChanges } from './plan.ts';

type Applied = { readonly fields: Partial<SavedSearchFields> };

const planSavedSearch = (
  record: PendingRecord,
  { asOf }: Planning,
): RecordPlan<SavedSearchCommand, SavedSearchState> => {
  const document = record.documents[0]!;
  const { fields: told } = document.payload as SavedSearchPayload;
  const fields: Partial<SavedSearchFields> = {
    ...told,
    ...(document.contactKey === null ? {} : { contactKey: document.contactKey }),
    legacyIds: legacyIdsOf(record.documents),
  };
  const changes = sourceChanges<SavedSearchFields>((record.applied as Applied | undefined)?.fields, fields);
  const { times, contextFor } = recordContext(record, record.documents, asOf);
  return {
    commands: (state) => [
      {
        type: 'RecordSavedSearch',
        savedSearchKey: record.recordKey,
        fields:
          state.savedSearchKey === null && times.updatedAt !== undefined
            ? { ...changes, modificationTimestamp: times.updatedAt }
            : changes,
      },
    ],
    context: contextFor,
    applied: { fields } satisfies Applied,
  };
};

export const savedSearchPlanner: Planner<SavedSearchCommand, SavedSearchState> = { plan: planSavedSearch };
