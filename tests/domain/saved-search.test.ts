import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type SavedSearchEvent, savedSearch } from '../../domain/saved-search/index.ts';
import { specification } from './support/specification.ts';

const { given } = specification(savedSearch);

const criteria = { cities: ['Boca Raton'], bedroomsMin: 3 };
const fields = { contactKey: 'c1', criteria, savedSearchName: 'Near the beach', legacyIds: ['saved_searches/1'] };
const created: SavedSearchEvent = {
  type: 'SavedSearchCreated',
  data: { savedSearchKey: 's1', ...fields, activeYN: true },
};
const paused: SavedSearchEvent = { type: 'SearchPaused', data: { reason: 'On holiday' } };
const record = (wanted: object) => ({ type: 'RecordSavedSearch', savedSearchKey: 's1', fields: wanted }) as const;

suite('a saved search that nobody knows yet', () => {
  test('is created, active unless told otherwise', () => {
    given([]).when(record(fields)).then([created]);
    given([])
      .when(record({ ...fields, activeYN: false, scheduleType: 'Daily' }))
      .then([{ type: 'SavedSearchCreated', data: { ...created.data, activeYN: false, scheduleType: 'Daily' } }]);
  });

  test('needs its lead and at least one criterion', () => {
    given([])
      .when(record({ ...fields, contactKey: null }))
      .thenRejected('contact-missing', 'contactKey');
    given([])
      .when(record({ ...fields, criteria: {} }))
      .thenRejected('criteria-missing', 'criteria');
    given([])
      .when(record({ ...fields, criteria: undefined }))
      .thenRejected('criteria-missing', 'criteria');
  });

  test('can be neither paused nor resumed', () => {
    given([]).when({ type: 'PauseSearch' }).thenRejected('search-unknown');
    given([]).when({ type: 'ResumeSearch' }).thenRejected('search-unknown');
  });
});

suite('a source that tells of a saved search again', () => {
  test('changes nothing when nothing is different', () => {
    given([created]).when(record(fields)).then([]);
    given([created])
      .when(record({ criteria: { bedroomsMin: 3, cities: ['Boca Raton'] } }))
      .then([]);
  });

  test('criteria, schedule, activity and details are events of their own', () => {
    given([created])
      .when(
        record({
          criteria: { cities: ['Delray Beach'] },
          scheduleType: 'Weekly',
          activeYN: false,
          reasonActiveOrDisabled: 'Bought',
          savedSearchName: null,
        }),
      )
      .then([
        { type: 'CriteriaChanged', data: { criteria: { cities: ['Delray Beach'] } } },
        { type: 'ScheduleTypeChanged', data: { scheduleType: 'Weekly' } },
        { type: 'SearchPaused', data: { reason: 'Bought' } },
        { type: 'SavedSearchDetailsCorrected', data: { changes: { savedSearchName: null } } },
      ]);
  });

  test('another reason for a pause that goes on is kept', () => {
    given([created, paused])
      .when(record({ activeYN: false, reasonActiveOrDisabled: 'Bought' }))
      .then([{ type: 'SavedSearchDetailsCorrected', data: { changes: { reasonActiveOrDisabled: 'Bought' } } }]);
  });

  test('a pause has the reason that the source gives, also one it gave before', () => {
    const noted: SavedSearchEvent = {
      type: 'SavedSearchDetailsCorrected',
      data: { changes: { reasonActiveOrDisabled: 'Bought' } },
    };
    given([created, noted])
      .when(record({ activeYN: false, reasonActiveOrDisabled: 'Bought' }))
      .thenState((state) => assert.equal(state.fields.reasonActiveOrDisabled, 'Bought'));
  });

  test('belongs to a lead and keeps a criterion, whatever the source leaves empty', () => {
    given([created])
      .when(record({ criteria: null }))
      .thenRejected('criteria-missing', 'criteria');
    given([created])
      .when(record({ contactKey: null }))
      .thenRejected('contact-missing', 'contactKey');
    given([created])
      .when(record({ contactKey: 'c2' }))
      .then([{ type: 'SavedSearchDetailsCorrected', data: { changes: { contactKey: 'c2' } } }]);
  });
});

suite('pausing and resuming', () => {
  test('each once', () => {
    given([created]).when({ type: 'PauseSearch', reason: 'On holiday' }).then([paused]);
    given([created])
      .when({ type: 'PauseSearch' })
      .then([{ type: 'SearchPaused', data: {} }]);
    given([created, paused]).when({ type: 'PauseSearch' }).then([]);
    given([created, paused])
      .when({ type: 'ResumeSearch' })
      .then([{ type: 'SearchResumed', data: {} }]);
    given([created]).when({ type: 'ResumeSearch' }).then([]);
  });

  test('a resumed search has no reason to be disabled', () => {
    given([created, paused])
      .when({ type: 'ResumeSearch' })
      .thenState((state) => assert.equal(state.fields.reasonActiveOrDisabled, undefined));
  });
});
