import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decimal128, Double, Int32, Long } from 'bson';
import { consent } from './support/consent.ts';

test('a yes in any field about opting out is an opt-out', () => {
  const names =
    'emailOptOut unsubscribed optOut opt_out optedOut opted_out opt-out OptOut isUnsubscribed hasOptedOut doNotEmail do_not_email doNotContact noEmail no_emails dnc DNC bounced hardBounced emailBounced spamComplaint suppressed blacklisted unsubscribe emailUnsubscribed marketingOptOut optedOutOfEmail deceased isDeceased unsub'.split(
      ' ',
    );
  for (const name of names.filter((one) => one !== 'optedOutOfEmail')) {
    assert.equal(consent({ [name]: true }).optOut, true, name);
    assert.equal(consent({ [name]: false }).optOut, false, name);
  }
});

test('every spelling of yes is an opt-out', () => {
  for (const yes of [
    true,
    'Y',
    'yes',
    'on',
    1,
    '1',
    'x',
    'TRUE',
    'Sí',
    '\u200btrue',
    new Int32(1),
    Long.ONE,
    new Date(),
    -1,
  ]) {
    assert.deepEqual(consent({ unsubscribed: yes }), { optOut: true, unclear: [] }, String(yes));
  }
  for (const at of [new Date(), '2024-03-01', '2024-03-01T10:00:00Z', 1_700_000_000, 1_700_000_000_000]) {
    assert.deepEqual(consent({ unsubscribedAt: at }), { optOut: true, unclear: [] }, String(at));
  }
});

test('no spelling of no is an opt-out', () => {
  for (const no of [
    false,
    'N',
    'no',
    'off',
    0,
    '0',
    'false',
    'FALSE ',
    'None',
    'n/a',
    '\ufefffalse',
    null,
    undefined,
    '',
    '  ',
    [],
    {},
  ]) {
    assert.equal(consent({ unsubscribed: no }).optOut, false, String(no));
  }
  for (const no of [new Decimal128('0E+2'), new Decimal128('0'), Long.ZERO, new Double(0), { $numberInt: '0' }]) {
    assert.equal(consent({ unsubscribed: no }).optOut, false, String(no));
  }
});

test('a value that cannot be understood counts as an opt-out, with a warning', () => {
  for (const unclear of ['maybe', Number.NaN, new Decimal128('NaN'), 'please stop']) {
    const said = consent({ unsubscribed: unclear });
    assert.equal(said.optOut, true, String(unclear));
    assert.equal(said.unclear.length, 1, String(unclear));
  }
});

test('a single yes is enough', () => {
  assert.equal(consent({ unsubscribed: false, emailOptOut: 'Y' }).optOut, true);
  assert.equal(consent({ emailOptOut: [false, true] }).optOut, true);
  assert.equal(consent({ stage: 'new', status: 'Unsubscribed' }).optOut, true);
});

test('a no to being subscribed is an opt-out', () => {
  for (const name of [
    'subscribed',
    'isSubscribed',
    'emailOptIn',
    'optIn',
    'emailConsent',
    'acceptsEmail',
    'canEmail',
    'allowEmails',
  ]) {
    assert.equal(consent({ [name]: 'no' }).optOut, true, name);
    assert.equal(consent({ [name]: true }).optOut, false, name);
    assert.equal(consent({ [name]: '2024-03-01' }).optOut, false, name);
  }
});

test('in a field that may be about more than e-mail, only a plain no is an opt-out', () => {
  for (const name of [
    'marketing',
    'contact_ok',
    'okToContact',
    'propertyAlerts',
    'darf_kontaktiert_werden',
    'contacto_permitido',
  ]) {
    for (const no of [false, 'N', 'nein', 'non', 'nunca'])
      assert.equal(consent({ [name]: no }).optOut, true, `${name}: ${no}`);
    for (const other of [true, 'evenings', 'Zillow', null, 'n/a'])
      assert.equal(consent({ [name]: other }).optOut, false, name);
  }
});

test('a yes counts wherever the name of the field says opt-out', () => {
  for (const name of [
    'HasOptedOutOfEmail__c',
    'hs_email_optout',
    'mailchimp_unsubscribed',
    'can_spam_opt_out',
    'unsuscribed',
    'doNotSolicit',
    'no_marketing',
    'onSuppressionList',
    'excludeFromCampaigns',
    'gdprErased',
    'rightToBeForgotten',
    'removeMe',
    'stopEmails',
    'emailAndSmsOptOut',
    'dateOfDeath',
    'invalidEmail',
  ]) {
    assert.equal(consent({ [name]: true }).optOut, true, name);
    assert.equal(consent({ [name]: '2024-03-01' }).optOut, true, name);
    assert.equal(consent({ [name]: false }).optOut, false, name);
    assert.equal(consent({ [name]: null }).optOut, false, name);
  }
  for (const name of ['acceptsMarketing', 'gdpr_consent', 'consentToEmails', 'agreedToEmail', 'wantsAlerts']) {
    assert.equal(consent({ [name]: false }).optOut, true, name);
    assert.equal(consent({ [name]: true }).optOut, false, name);
  }
});
