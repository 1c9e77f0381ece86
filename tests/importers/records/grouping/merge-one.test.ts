import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordDocument } from '../../../../importers/apply/load-pending.ts';
import { mergeFields } from '../../../../importers/apply/planning/merge.ts';
import { leadRules, listingRules } from '../../../../importers/apply/planning/merge-rules.ts';
import fc, { runs } from '../../../support/fast-check.ts';

const document = (legacyId: string): RecordDocument => ({
  collection: 'contacts',
  legacyId,
  contentHash: '',
  version: 1,
  createdAt: undefined,
  updatedAt: undefined,
  payload: {},
  since: undefined,
  fieldTimes: {},
  identities: [],
  merged: false,
  contactKey: null,
  importRunId: '1',
  readAgain: false,
  edit: null,
  goneConfirmed: null,
  readBy: null,
  readers: null,
});

const text = fc.constantFrom('Ana', 'Lima', '', '561', 'x');
const value = fc.oneof(text, fc.integer(), fc.constant(null), fc.array(text, { maxLength: 3 }));
const names = [
  'firstName',
  'lastName',
  'email',
  'otherEmails',
  'mobilePhone',
  'mobilePhoneExt',
  'cities',
  'tags',
  'city',
];
const warning = fc.record({ field: fc.constantFrom(...names), code: text, found: text });

test('merging one document gives what merging it with an empty one gives', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names, 'unparsedAddress', 'listPriceMin', 'listPriceMax', 'legacyIds'), value),
      fc.array(warning, { maxLength: 3 }),
      fc.array(fc.record({ field: fc.constantFrom('mobilePhone', 'email'), value: text }), { maxLength: 2 }),
      fc.constantFrom(leadRules, listingRules),
      (given, warnings, further, rules) => {
        const one = { document: document('1'), fields: { ...given, warnings }, further };
        const alone = mergeFields([one], rules);
        const beside = mergeFields([one, { document: document('2'), fields: {} }], rules);
        assert.equal(JSON.stringify(alone.fields), JSON.stringify(beside.fields));
        assert.deepEqual(alone.sources, beside.sources);
      },
    ),
    { numRuns: runs(500) },
  );
});
