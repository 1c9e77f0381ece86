import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { labelOf } from '../../domain/record-fields.ts';
import { formatField } from '../../history/format.ts';
import { formatSource } from '../../history/format-source.ts';
import { isInternal, keysShown } from '../../history/keys-shown.ts';
import type { HistoryEntry } from '../../history/read-history.ts';
import { formatMinute } from '../../platform/wording/shown-time.ts';

test('amounts of money are shown with two digits of cents, or none', () => {
  assert.equal(formatField('listing', 'listPrice', 450_000), '$450,000');
  assert.equal(formatField('listing', 'closePrice', 450_000.5), '$450,000.50');
});

test('a fee is shown under its label, in dollars, also when it is 0', () => {
  assert.equal(labelOf('listing', 'associationFee'), 'Association fee');
  assert.equal(labelOf('listing', 'mediaURL'), 'Media URL');
  assert.equal(formatField('listing', 'associationFee', 412.5), '$412.50');
  assert.equal(formatField('listing', 'associationFee', 0), '$0');
  assert.equal(formatField('listing', 'associationFeeFrequency', 'Semi-Annually'), 'Semi-Annually');
});

test('a warning and a reason for a hold are shown as a sentence, with the label of the field and what was found', () => {
  assert.equal(
    formatField('listing', 'warnings', [{ field: 'listPrice', code: 'currency-eur', found: '450.000 €' }]),
    'List price: The amount is in another currency (EUR); only US dollars are read. (Found: 450.000 €)',
  );
  assert.equal(
    formatField('savedSearch', 'reasons', [{ field: 'scheduleType', code: 'frequency-unknown', found: 'monthly' }]),
    'How often: This frequency is not known. (Found: monthly)',
  );
  assert.equal(
    formatField('lead', 'warnings', [{ field: 'ownerMemberKey', code: 'of-a-later-release', found: '' }]),
    'Agent: of-a-later-release.',
  );
});

test('another value in the old CRM is shown like the value of its field, with the document that has it', () => {
  const other = (field: string, value: string) =>
    formatField('listing', 'otherValues', [{ field, value, legacyId: 'properties/"7002"' }], {
      names: new Map([['a1', 'Dana Whitfield']]),
    });
  assert.equal(other('listPrice', '475000'), 'List price: $475,000 (listing "7002")');
  assert.equal(other('listAgentKey', 'a1'), 'Listing agent: Dana Whitfield (listing "7002")');
  assert.equal(other('listingId', '1e5'), 'MLS number: 1e5 (listing "7002")');
  for (const text of ['true', 'null', '{"a":1}'])
    assert.equal(other('publicRemarks', text), `Description: ${text} (listing "7002")`);
  assert.equal(
    formatField('lead', 'otherValues', [{ field: 'cities', value: '["Boca Raton","Lantana"]', legacyId: 'openhouse' }]),
    'Cities: Boca Raton, Lantana (openhouse)',
  );
});

test('what a change came from is named as people know it', () => {
  const shown = {
    'legacy:properties/7001': 'listing 7001 of the old CRM',
    'legacy:savedsearches/5f9': 'saved search 5f9 of the old CRM',
    'legacy:unheard-of/1': 'unheard-of/1 of the old CRM',
    legacy: 'the old CRM',
    cli: 'the command line',
    'api:Zillow': 'the API key “Zillow”',
    'lead-offers': 'lead-offers',
  };
  for (const [source, words] of Object.entries(shown)) assert.equal(formatSource(source), words);
  assert.equal(formatSource(null), 'an unknown source');
});

test('the parts of a structure are shown under labels', () => {
  assert.equal(
    formatField('lead', 'notes', [{ text: 'Has a dog' }, { text: 'Two cats' }]),
    'Text: Has a dog; Text: Two cats',
  );
  assert.equal(formatField('listing', 'media', [{ shortDescription: 'Pool' }]), 'Short description: Pool');
});

test('a time in a table is in the given time zone, without seconds', () => {
  const at = new Date('2026-04-01T12:15:09Z');
  assert.equal(formatMinute(at, 'America/New_York'), '2026-04-01 08:15 EDT');
  assert.equal(formatMinute(at, 'UTC'), '2026-04-01 12:15 UTC');
});

suite('what people do not know by its key', () => {
  const names = new Map([
    ['6f0d5b3e-0000-5000-8000-000000000001', 'Dana Whitfield'],
    ['6f0d5b3e-0000-5000-8000-000000000002', 'Robin Cole'],
  ]);
  const [dana, robin] = [...names.keys()];
  const shown = (name: string, value: unknown) =>
    formatField('lead', name, value, { timeZone: 'America/New_York', names });

  test('records have their names, wherever they are mentioned', () => {
    assert.equal(shown('ownerMemberKey', dana), 'Dana Whitfield');
    assert.equal(shown('offeredToMemberKeys', [dana, robin]), 'Dana Whitfield, Robin Cole');
    assert.equal(shown('anything', { by: { memberKey: robin } }), 'By: Agent: Robin Cole');
    assert.equal(shown('ownerMemberKey', 'unknown'), 'unknown', 'one without a name keeps its key');
  });

  test('times are in the time zone of the reader, also within a structure', () => {
    assert.equal(shown('offerExpiresAt', '2026-04-01T12:15:00Z'), '2026-04-01 08:15:00 EDT');
    assert.equal(shown('notes', [{ at: '2026-04-01T12:15:00.000Z' }]), 'At: 2026-04-01 08:15:00 EDT');
    assert.equal(shown('note', '2026-04-01'), '2026-04-01');
  });

  test('the details of an offer are words', () => {
    assert.equal(shown('mode', 'weightedRoundRobin'), 'weighted round robin');
    assert.equal(
      shown('reasons', [
        { rule: 'area', points: 36, detail: 'covers Wellington' },
        { rule: 'hours', points: 0, detail: 'is not at work now' },
      ]),
      'covers Wellington (+36); is not at work now (0)',
    );
    assert.equal(
      shown('candidates', [
        { memberKey: dana, score: 86, components: { area: 36 } },
        { memberKey: robin, score: 80.333333, components: {} },
      ]),
      'Dana Whitfield (86), Robin Cole (80.3)',
    );
    assert.equal(shown('leftOut', { pause: [dana], area: [robin] }), 'pause: Dana Whitfield; area: Robin Cole');
    assert.equal(formatField('agent', 'hours', { mon: ['09:00', '17:00'] }), 'Mon: 09:00–17:00');
  });

  test('the key of an offer is not shown', () => {
    assert.deepEqual(
      ['offerKey', 'ownerMemberKey', 'leadSource'].map((name) => isInternal('lead', name)),
      [true, false, false],
    );
  });

  test('the keys to look up are found in changes, details and structures', () => {
    const entry = {
      changes: [{ fieldName: 'ownerMemberKey', previousValue: 'a1', newValue: 'a2' }],
      details: { leftOut: { area: [dana] }, candidates: [{ memberKey: 'a3', score: 1 }], rule: 'Everyone' },
    } as unknown as HistoryEntry;
    assert.deepEqual(
      [...keysShown('lead', [entry], { inquiredListingKey: 'l1', leadSource: 'Zillow' })].sort(),
      [dana, 'a1', 'a2', 'a3', 'l1'].sort(),
    );
  });
});
