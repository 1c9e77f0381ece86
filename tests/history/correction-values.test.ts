import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  type CorrectableName,
  correctableFields,
  readCorrection,
} from '../../commands/corrections/correction-values.ts';

suite('a value as a person writes it', () => {
  const table: [CorrectableName, field: string, text: string, value: unknown][] = [
    ['listing', 'listPrice', '525000', 525_000],
    ['listing', 'listPrice', '$525,000.50', 525_000.5],
    ['listing', 'bedroomsTotal', ' 3 ', 3],
    ['listing', 'longitude', '-80.08', -80.08],
    ['listing', 'standardStatus', 'pending', 'Pending'],
    ['listing', 'standardStatus', 'ACTIVE UNDER CONTRACT', 'Active Under Contract'],
    ['listing', 'internetAddressDisplayYN', 'no', false],
    ['listing', 'internetAddressDisplayYN', 'TRUE', true],
    ['listing', 'features', 'Pool, Dock,', ['Pool', 'Dock']],
    ['listing', 'features', '["Pool, heated"]', ['Pool, heated']],
    [
      'listing',
      'media',
      '[{"mediaURL":"https://photos.example/1.jpg"}]',
      [{ mediaURL: 'https://photos.example/1.jpg' }],
    ],
    ['listing', 'closeDate', '2026-03-31', '2026-03-31'],
    ['listing', 'associationFee', '$0', 0],
    ['listing', 'associationFeeFrequency', 'semi-annually', 'Semi-Annually'],
    ['listing', 'yearBuilt', '', null],
    ['listing', 'streetNumber', '12', '12'],
    ['listing', 'publicRemarks', 'a = b, "c"', 'a = b, "c"'],
    ['lead', 'mobilePhone', '(561) 655-0134', '+15616550134'],
    ['lead', 'mobilePhone', '+44 20 7946 0018', '+442079460018'],
    ['lead', 'email', 'Maria@Example.com', 'maria@example.com'],
    ['lead', 'otherEmails', 'A@example.com, b@example.com', ['a@example.com', 'b@example.com']],
    ['lead', 'leadStage', 'hot', 'Hot'],
    ['agent', 'hours', '{"mon":["09:00","17:00"]}', { mon: ['09:00', '17:00'] }],
    ['agent', 'maxLeads', '0', 0],
    ['agent', 'memberLanguages', 'English,Spanish', ['English', 'Spanish']],
  ];
  for (const [aggregate, field, text, value] of table) {
    test(`${aggregate} ${field}=${text}`, () => assert.deepEqual(readCorrection(aggregate, field, text), { value }));
  }
});

suite('an invalid value is reported with the field and what is allowed', () => {
  const table: [CorrectableName, field: string, text: string, allowed: RegExp][] = [
    [
      'listing',
      'listPrice',
      'a lot',
      /listPrice \(List price\) cannot be "a lot": it must be a number above 0, and at most 10,000,000,000/,
    ],
    ['listing', 'listPrice', '-5', /a number above 0/],
    ['listing', 'listPrice', '52,50', /a number/],
    ['listing', 'associationFee', '-5', /a number from 0 to 10,000,000,000/],
    ['listing', 'associationFeeFrequency', 'often', /one of Annually, .*Weekly/],
    ['listing', 'bedroomsTotal', '2.5', /a whole number from 0 to 200/],
    ['listing', 'standardStatus', 'Solid', /one of Active, .*Withdrawn/],
    ['listing', 'closeDate', '03/31/2026', /a date like 2026-03-31/],
    ['listing', 'closeDate', '2026-02-31', /a date like/],
    ['listing', 'postalCode', '3343', /a ZIP code/],
    ['listing', 'internetAddressDisplayYN', 'maybe', /yes or no/],
    ['listing', 'media', 'https://photos.example/1.jpg', /JSON like .*mediaURL/],
    ['listing', 'city', 'a\0b', /text of at most/],
    ['lead', 'email', 'maria', /an e-mail address/],
    ['lead', 'otherEmails', 'a@example.com,b', /a list, each an e-mail address/],
    ['lead', 'mobilePhone', '555', /a phone number, like/],
    ['lead', 'mobilePhone', '(561) 655-0134 x12', /a phone number/],
    ['agent', 'hours', '9-5', /JSON like/],
    ['agent', 'hours', '{"mon":["9","17"]}', /JSON like/],
    ['agent', 'slackUserId', '@dana', /a Slack user's id/],
  ];
  for (const [aggregate, field, text, allowed] of table) {
    test(`${aggregate} ${field}=${JSON.stringify(text)}`, () => {
      const read = readCorrection(aggregate, field, text);
      assert.ok('problem' in read, JSON.stringify(read));
      assert.match(read.problem, allowed);
      assert.ok(read.problem.startsWith(field));
    });
  }

  test('a field that does not exist gets a suggestion', () => {
    const problem = (field: string) => {
      const read = readCorrection('listing', field, '1');
      assert.ok('problem' in read);
      return read.problem;
    };
    assert.match(problem('list_price'), /listing has no field "list_price": did you mean listPrice/);
    assert.match(problem('price'), /did you mean listPrice or originalListPrice or closePrice\?/);
    assert.match(problem('constructor'), /no field "constructor": it has listingId, /);
    assert.match(problem('legacyIds'), /cannot be corrected/);
  });

  test('consent is not corrected: the answer names the commands that record it', () => {
    for (const field of ['emailOptOut', 'email_opt_out', 'optIn', 'unsubscribed', 'unsubscribe']) {
      const read = readCorrection('lead', field, 'no');
      assert.ok('problem' in read);
      assert.match(read.problem, /`openhouse leads opt-out` and `openhouse leads opt-in`/, field);
    }
  });

  test('every field of every record can be read as empty', () => {
    for (const aggregate of ['listing', 'lead', 'agent', 'savedSearch'] as const) {
      for (const field of correctableFields(aggregate)) {
        assert.deepEqual(readCorrection(aggregate, field, ''), { value: null });
      }
    }
  });
});
