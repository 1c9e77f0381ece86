import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Decimal128 } from 'bson';
import { mapSavedSearch, savedSearchReads } from '../../importers/legacy/saved-searches.ts';

/** The outcome for a saved search with these fields: its schedule, `off`, or why it is on hold. */
const outcome = (fields: object): string => {
  const mapped = mapSavedSearch({ _id: 1, contactId: 2, query: { city: 'Boca Raton' }, ...fields });
  assert.ok('payload' in mapped);
  const { fields: read, holdReasons } = mapped.payload;
  if (holdReasons.length > 0) return holdReasons.map(({ field, code }) => `${field} ${code}`).join(', ');
  return read.activeYN ? (read.scheduleType ?? 'default') : 'off';
};

const all = (expected: string, cases: readonly object[]) => {
  for (const fields of cases) {
    assert.equal(outcome(fields), expected, JSON.stringify(fields));
    assert.deepEqual(
      Object.keys(fields).filter((name) => !savedSearchReads(name)),
      [],
      'fields reported as unread',
    );
  }
};

suite('the frequency of a saved search', () => {
  test('is read under any of its names', () => {
    all('Weekly', [
      { frequency: 'weekly' },
      { Frequency: 'Weekly' },
      { alertFrequency: 'once a week' },
      { email_freq: '1 week' },
      { schedule: 'weekly' },
      { frequency: 'weekly', notifyFrequency: 'Every week' },
    ]);
    all('off', [
      { frequency: 'stop' },
      { freq: 'never' },
      { emailFrequency: 'off' },
      { interval: 0 },
      { frequency: Decimal128.fromString('0E+2') },
    ]);
    all('default', [{}, { frequency: '' }, { freq: null }]);
  });

  test('puts the search on hold if openhouse does not offer it, or two fields differ', () => {
    all('scheduleType frequency-unknown', [
      ...[
        'monthly',
        'hourly',
        'bi-weekly',
        'twice a day',
        'weekdays',
        'daily,weekly',
        '0 8 * * 1',
        'on',
        '7',
        'N/A',
      ].map((frequency) => ({ frequency })),
      { frequency: { every: 'week' } },
      { frequency: 7 },
      { cadence: 'monthly' },
      { frequency: 'instant', alertFrequency: 'weekly' },
    ]);
  });
});

suite('the switches of a saved search', () => {
  test('turn it off if any one of them says so', () => {
    all('off', [
      ...[
        'paused',
        'snoozed',
        'muted',
        'deactivated',
        'cancelled',
        'onHold',
        'trashed',
        'hidden',
        'stop',
        'closed',
      ].map((name) => ({ active: true, [name]: true })),
      ...['deletedAt', 'deactivated_at', 'cancelledOn', 'pausedDate', 'optedOutAt', 'unsubscribed_on'].map((name) => ({
        [name]: new Date('2026-01-01'),
      })),
      { optedOut: true },
      { bounced: 1 },
      { doNotContact: 'Y' },
      { emailOptIn: false },
      { email: false },
      { alerts: 'no' },
      { sendAlerts: 0 },
      { notifications: 'off' },
      { active: 'not active' },
      { active: 'snoozed' },
    ]);
  });

  test('leave it on if they say "not off"', () => {
    all('default', [
      { deletedAt: false },
      { deletedAt: '' },
      { hidden: false, blocked: 0 },
      { pausedUntil: null },
      { email: 'ana@example.com' },
      { emails: ['ana@example.com', 'bob@example.com'] },
      { notify: 'Y' },
    ]);
  });

  test('put it on hold if one cannot be read, or depends on a date', () => {
    all('activeYN not-yes-or-no', [{ active: 'perhaps' }, { active: 2 }, { status: 'draft' }, { alerts: 12 }]);
    all('activeYN switch-by-date', [
      { pausedUntil: new Date('2027-01-01') },
      { snoozedUntil: '2027-01-01' },
      { expiresAt: '2020-01-01' },
      { endDate: '2027-01-01' },
      { validUntil: 1_700_000_000 },
      { startsOn: '2027-01-01' },
    ]);
  });
});

suite('a criterion outside the query of a saved search', () => {
  test('puts the search on hold', () => {
    all('criteria criterion-outside-query', [
      { maxPrice: 500_000 },
      { filters: { maxPrice: 500_000 } },
      { searchParams: { beds: 3 } },
      { mongoQuery: '{"price":{"$lt":500000}}' },
      { excludedCities: ['Lantana'] },
      { excludeKeywords: 'HOA' },
      { dismissedIds: ['a'] },
      { radius: 5 },
      { openHouseOnly: true },
      { onlyNew: 1 },
      { alertTypes: ['price drop'] },
      { notifyOn: 'new' },
      { maxResults: 10 },
    ]);
  });

  test('is ignored if nothing was chosen', () => {
    all('default', [
      { filters: [] },
      { criteria: {} },
      { where: { city: '' } },
      { polygon: [] },
      { excludedCities: [] },
    ]);
  });

  test('is not assumed from fields that do not describe homes', () => {
    for (const fields of [
      { label: 'mine' },
      { notes: 'call' },
      { type: 'buyer' },
      { createdBy: 'ana' },
      { lastRun: 1 },
      { views: 3 },
    ]) {
      assert.equal(outcome(fields), 'default', JSON.stringify(fields));
    }
  });
});
