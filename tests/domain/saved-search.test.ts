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
const unclearCity = { field: 'criteria', code: 'criterion-unclear', found: '{"city":{"$regex":"^boca"}}' };
const unknownSchedule = { field: 'scheduleType', code: 'frequency-unknown', found: 'monthly' };
const held: SavedSearchEvent = { type: 'SavedSearchPutOnHold', data: { reasons: [unclearCity] } };
const lifted: SavedSearchEvent = { type: 'SavedSearchHoldLifted', data: {} };
const record = (wanted: object) => ({ type: 'RecordSavedSearch', savedSearchKey: 's1', fields: wanted }) as const;

suite('a new saved search', () => {
  test('is created, and active by default', () => {
    given([]).when(record(fields)).then([created]);
    given([])
      .when(record({ ...fields, activeYN: false, scheduleType: 'Daily' }))
      .then([{ type: 'SavedSearchCreated', data: { ...created.data, activeYN: false, scheduleType: 'Daily' } }]);
  });

  test('needs a lead and criteria', () => {
    given([])
      .when(record({ ...fields, contactKey: null }))
      .thenRejected('contact-missing', 'contactKey');
    given([])
      .when(record({ ...fields, criteria: undefined }))
      .thenRejected('criteria-missing', 'criteria');
  });

  test('may match every home if it says so', () => {
    given([])
      .when(record({ ...fields, criteria: {} }))
      .then([{ type: 'SavedSearchCreated', data: { ...created.data, criteria: {} } }]);
  });

  test('is created on hold when something in it was not understood', () => {
    given([])
      .when({ ...record(fields), holdReasons: [unclearCity] })
      .then([created, held]);
  });

  test('can be neither paused nor resumed nor corrected', () => {
    given([]).when({ type: 'CorrectSavedSearch', changes: { criteria } }).thenRejected('search-unknown');
    given([]).when({ type: 'PauseSearch' }).thenRejected('search-unknown');
    given([]).when({ type: 'ResumeSearch' }).thenRejected('search-unknown');
  });
});

suite('a source that reports a saved search again', () => {
  test('changes nothing when nothing differs', () => {
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

  test('a new reason for a continuing pause is recorded', () => {
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

suite('a saved search on hold', () => {
  test('is put on hold before it looks for anything else', () => {
    given([created])
      .when({ ...record({ criteria: { bedroomsMin: 3 } }), holdReasons: [unclearCity] })
      .then([held, { type: 'CriteriaChanged', data: { criteria: { bedroomsMin: 3 } } }]);
  });

  test('stays on hold while its source does not mention it', () => {
    given([created, held])
      .when(record({ savedSearchName: 'Close to the beach' }))
      .then([{ type: 'SavedSearchDetailsCorrected', data: { changes: { savedSearchName: 'Close to the beach' } } }]);
  });

  test('is not put on hold again for the same reasons', () => {
    given([created, held])
      .when({ ...record(fields), holdReasons: [unclearCity] })
      .then([]);
  });

  test('has the reasons that are true now', () => {
    given([created, held])
      .when({ ...record(fields), holdReasons: [unknownSchedule] })
      .then([{ type: 'SavedSearchPutOnHold', data: { reasons: [unknownSchedule] } }]);
  });

  test('is released when its source is understood', () => {
    given([created, held])
      .when({ ...record({ criteria: { cities: ['Delray Beach'] } }), holdReasons: [] })
      .then([{ type: 'CriteriaChanged', data: { criteria: { cities: ['Delray Beach'] } } }, lifted]);
  });

  test('is released by a person who corrects it', () => {
    given([created, held])
      .when({ type: 'CorrectSavedSearch', changes: { criteria: { cities: ['Delray Beach'] } } })
      .then([{ type: 'CriteriaChanged', data: { criteria: { cities: ['Delray Beach'] } } }, lifted]);
  });

  test('is released by a person who confirms what was understood', () => {
    given([created, held]).when({ type: 'CorrectSavedSearch', changes: { criteria } }).then([lifted]);
  });

  test('stays on hold for what the person did not correct', () => {
    given([created, { type: 'SavedSearchPutOnHold', data: { reasons: [unclearCity, unknownSchedule] } }])
      .when({ type: 'CorrectSavedSearch', changes: { criteria } })
      .then([{ type: 'SavedSearchPutOnHold', data: { reasons: [unknownSchedule] } }]);
  });

  test('can be paused and resumed, and stays on hold', () => {
    given([created, held])
      .when({ type: 'PauseSearch' })
      .then([{ type: 'SearchPaused', data: {} }]);
    given([created, held, paused])
      .when({ type: 'ResumeSearch' })
      .thenState((state) => assert.deepEqual(state.holdReasons, [unclearCity]));
  });
});
