import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Int32, Long } from 'bson';
import { contact, user } from '../../../support/documents.ts';
import { written } from '../written.ts';
import { expectWritten } from './expect-written.ts';

test('a phone number is written as the one that it replaces, with its extension, for leads and agents', () => {
  const forms = [
    '#.#.#',
    '# # #',
    '#-#-#',
    '(#)#-#',
    '(#) #.#',
    '[#] # #',
    '#/#-#',
    '#–#–#',
    '+1 # # #',
    '+1-#-#-#',
    '1 (#) #-#',
    '+1###',
    '1###',
    '###',
    '#.# #',
    'tel:+1-#-#-#',
    'cell: #.#.#',
    '001 # # #',
    ' #.#.# ',
  ];
  const filled = (form: string, parts: readonly string[]) => {
    const left = [...parts];
    return form.replace(/#/g, () => left.shift()!);
  };
  for (const form of forms) {
    const [before, after] = [filled(form, ['239', '555', '0170']), filled(form, ['561', '555', '0135'])];
    expectWritten('lead', contact({ phone: before }), { mobilePhone: '+15615550135' }, { phone: after });
    expectWritten('agent', user({ phone: before }), { memberMobilePhone: '+15615550135' }, { phone: after });
  }
  for (const [before, changes, after] of [
    ['239.555.0170 ext. 12', { mobilePhone: '+15615550135' }, '561.555.0135 ext. 12'],
    ['239.555.0170 x12', { mobilePhoneExt: '99' }, '239.555.0170 x99'],
    ['239-555-0170 #12', { mobilePhone: '+15615550135', mobilePhoneExt: null }, '561-555-0135'],
    ['239-555-0170', { mobilePhone: '+15615550135', mobilePhoneExt: '7' }, '561-555-0135 x7'],
    ['239.555.0170', { mobilePhone: '+442079460958' }, '+442079460958'],
    ['+44 20 7946 0958', { mobilePhone: '+442079460000' }, '+44 20 7946 0000'],
  ] as const)
    expectWritten('lead', contact({ phone: before }), changes, { phone: after });
});

test('an e-mail address is replaced within its text, and the other addresses in it stay', () => {
  for (const [before, after] of [
    ['ana@example.com; b@example.com', 'eva@example.com; b@example.com'],
    ['Ana Cruz <ana@example.com>', 'Ana Cruz <eva@example.com>'],
    ['mailto:ana@example.com', 'mailto:eva@example.com'],
    [
      ['ana@example.com', 'b@example.com'],
      ['eva@example.com', 'b@example.com'],
    ],
  ] as const)
    expectWritten('lead', contact({ email: before }), { email: 'eva@example.com' }, { email: after });
});

test('an agent gets a new address, and keeps their other ones', () => {
  const before = user({ email: 'ana@example.com; b@example.com' });
  expectWritten('agent', before, { memberEmail: 'eva@example.com' }, { email: 'eva@example.com; b@example.com' });
});

test('a stage that says not to call someone is not overwritten: a person decides', () => {
  const { document, unsaid } = written('lead', contact({ stage: 'DNC', unsubscribed: true }), { leadStage: 'Hot' });
  assert.deepEqual([document.stage, unsaid], ['DNC', ['leadStage']]);
});

test('a number that no longer fits its type gets the next larger one', () => {
  const before = contact({ phone: new Int32(2_025_550_103) });
  expectWritten('lead', before, { mobilePhone: '+15615550135' }, { phone: Long.fromNumber(5_615_550_135) });
});

test('a name keeps its case and its order, as far as they can express the new one', () => {
  for (const [before, changes, after] of [
    ['ANA CRUZ', { firstName: 'Anna' }, 'ANNA CRUZ'],
    ['CRUZ, ANA', { firstName: 'Anna' }, 'CRUZ, ANNA'],
    ['CRUZ, ANA', { firstName: 'JD' }, 'CRUZ, JD'],
    ['JD Cruz', { firstName: 'Anna' }, 'Anna Cruz'],
    ['CRUZ, Ana', { lastName: 'Vega' }, 'VEGA, Ana'],
    ['Ana  Cruz ', { firstName: 'Anna' }, 'Anna  Cruz '],
    ['Ana Cruz', { lastName: 'McDonald' }, 'Ana McDonald'],
    ['ANA CRUZ', { lastName: 'McDonald' }, 'ANA McDonald'],
    ['ana cruz', { firstName: 'Anna' }, 'Anna cruz'],
    ['Ana Cruz', { lastName: 'Cruz Vega' }, 'Cruz Vega, Ana'],
    [{ first: 'ANA', last: 'CRUZ' }, { firstName: 'Anna' }, { first: 'ANNA', last: 'CRUZ' }],
    [{ firstName: 'Ana', lastName: 'Cruz' }, { lastName: 'Vega' }, { firstName: 'Ana', lastName: 'Vega' }],
  ] as const)
    expectWritten('lead', contact({ name: before }), changes, { name: after });
  const apart = contact({ name: undefined, firstName: 'ANA', lastName: 'CRUZ' });
  expectWritten('lead', apart, { firstName: 'Anna' }, { firstName: 'ANNA' });
  expectWritten('lead', apart, { firstName: 'McKenna' }, { firstName: 'McKenna' });
  expectWritten('agent', user({ name: 'CRUZ, ANA' }), { memberFullName: 'Anna Cruz' }, { name: 'CRUZ, ANNA' });
  const shouted = contact({ name: 'ANA CRUZ', phone: '239-555-0170' });
  expectWritten('lead', shouted, { mobilePhone: '+15615550135' }, { phone: '561-555-0135' });
});
