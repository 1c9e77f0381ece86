import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelOf } from '../../domain/catalogue/record-fields.ts';
import { formatField } from '../../history/format.ts';

test('amounts of money are shown with two digits of cents, or none', () => {
  assert.equal(formatField('listing', 'listPrice', 450_000), '$450,000');
  assert.equal(formatField('listing', 'closePrice', 450_000.5), '$450,000.50');
});

test('a fee is shown under its label, in dollars, also when it is 0', () => {
  assert.equal(labelOf('listing', 'associationFee'), 'Association fee');
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

test('the parts of a structure are shown under labels', () => {
  assert.equal(
    formatField('lead', 'notes', [{ text: 'Has a dog' }, { text: 'Two cats' }]),
    'Text: Has a dog; Text: Two cats',
  );
  assert.equal(formatField('listing', 'media', [{ shortDescription: 'Pool' }]), 'Short description: Pool');
});
