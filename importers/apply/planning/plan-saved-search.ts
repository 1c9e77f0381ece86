import { sameValue } from '../../../domain/changes.ts';
import type {
  HoldReason,
  SavedSearchCommand,
  SavedSearchFields,
  SavedSearchState,
} from '../../../domain/saved-search/index.ts';
import type { SavedSearchPayload } from '../../legacy/saved-searches.ts';
import { type Applied, appliedBefore, datesOf, sourceChanges } from './applied.ts';
import { contextsOf } from './event-context.ts';
import { legacyIdsOf } from './merge.ts';
import type { Planner } from './planner.ts';
import { asModified } from './record-documents.ts';

type AppliedSearch = Applied<SavedSearchFields, { readonly holdReasons?: readonly HoldReason[] }>;

export const savedSearchPlanner: Planner<SavedSearchCommand, SavedSearchState> = {
  plan: (record, planning) => {
    const document = record.documents[0]!;
    // Documents staged by releases without holds have no reasons.
    const { fields: told, holdReasons = [] } = document.payload as SavedSearchPayload;
    const fields: Partial<SavedSearchFields> = {
      ...told,
      ...(document.contactKey === null ? {} : { contactKey: document.contactKey }),
      legacyIds: legacyIdsOf(record.documents),
    };
    const before = appliedBefore<AppliedSearch>(record);
    const changes = sourceChanges<SavedSearchFields>(before?.fields, fields);
    // If a person has since resolved a reason that the source gave, it only comes back when the field's value changes.
    const isNews = (reason: HoldReason) =>
      reason.field in changes || !before?.holdReasons?.some((known) => sameValue(known, reason));
    return {
      commands: (state) => [
        {
          type: 'RecordSavedSearch',
          savedSearchKey: record.recordKey,
          fields: state.savedSearchKey === null ? asModified(changes, record.documents) : changes,
          holdReasons: holdReasons.filter(
            (reason) => isNews(reason) || state.holdReasons.some((open) => sameValue(open, reason)),
          ),
        },
      ],
      context: contextsOf(record, record.documents, new Map(), planning),
      applied: { fields, holdReasons, dates: datesOf(record.documents) } satisfies AppliedSearch,
    };
  },
};
