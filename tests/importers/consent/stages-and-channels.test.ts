import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consent } from './support/consent.ts';

test('a status of the e-mail address can be an opt-out', () => {
  for (const out of ['unsubscribed', 'Bounced', 'hard bounce', 'complained', 'cleaned', 'opted-out', 'DNC', 'what?']) {
    assert.equal(consent({ emailStatus: out }).optOut, true, out);
  }
  for (const fine of ['subscribed', 'active', 'Valid', 'unknown', '', null]) {
    assert.equal(consent({ emailStatus: fine }).optOut, false, String(fine));
  }
});

test('only unmistakable stages and tags are opt-outs', () => {
  for (const stage of [
    'DNC',
    'Do Not Contact',
    'do-not-contact',
    'Unsubscribed',
    'Deceased',
    'Opted Out',
    'Do not e-mail',
    'DNC - asked',
    'Do Not Market',
    'DND',
    'Complained',
    'Suppressed',
    'Consent withdrawn',
    'No contactar',
  ]) {
    for (const name of ['stage', 'status', 'type', 'leadStage'])
      assert.equal(consent({ [name]: stage }).optOut, true, stage);
    assert.equal(consent({ tags: ['vip', stage] }).optOut, true, stage);
  }
  for (const stage of ['new', 'Trash', 'Dead', 'Contacted', 'Closed', 'Do Not Call', 'Option pending', 'Nurture']) {
    assert.equal(consent({ stage, tags: [stage] }).optOut, false, stage);
  }
});

test('if there is a choice per channel, only the one for e-mail counts', () => {
  assert.equal(consent({ preferences: { email: false, sms: true } }).optOut, true);
  assert.equal(consent({ preferences: { email: true, sms: false } }).optOut, false);
  assert.equal(consent({ preferences: { marketing: false } }).optOut, true);
  assert.equal(consent({ optOut: { email: true } }).optOut, true);
  assert.equal(consent({ optOut: { email: false, sms: true } }).optOut, false);
  assert.equal(consent({ unsubscribed: { at: new Date(), reason: 'moved' } }).optOut, true);
  assert.equal(consent({ smsOptOut: true, doNotCall: true }).optOut, false);
});

test('a choice that cannot be understood counts as opted out', () => {
  for (const email of ['maybe', 'call me', 7, 'only on weekends']) {
    const { optOut, unclear } = consent({ preferences: { email } });
    assert.deepEqual([optOut, unclear], [true, [{ name: 'email', found: email }]]);
  }
  for (const email of ['never', 'unsubscribed', 'no more e-mail', 'please stop e-mails', 0, { optOut: true }]) {
    assert.equal(consent({ preferences: { email } }).optOut, true, JSON.stringify(email));
  }
  for (const email of ['ana@example.com', 'daily', 'Weekly digest', 'HTML', 'yes', '', null, {}]) {
    assert.equal(consent({ preferences: { email } }).optOut, false, JSON.stringify(email));
  }
});

test('one text for all channels counts when it is unmistakable', () => {
  assert.equal(consent({ preferences: 'no email' }).optOut, true);
  for (const none of ['none', 'Never', 'off', false, 0]) {
    assert.equal(consent({ emailPreferences: none }).optOut, true, String(none));
    assert.equal(consent({ notification_settings: none }).optOut, true, String(none));
  }
  for (const some of ['weekly', 'all', '', null, true]) assert.equal(consent({ emailPreferences: some }).optOut, false);
  assert.equal(consent({ contactPreference: 'none' }).optOut, false, 'no preference is stated');
  assert.equal(consent({ contactPreferences: ['sms', 'do not e-mail'] }).optOut, true);
  assert.equal(consent({ preferences: 'pool, 3 bedrooms' }).optOut, false);
});

test('words in a stage, a status, a name or a note that cannot mean anything else are an opt-out', () => {
  for (const document of [
    { stage: 'Bounced' },
    { stage: 'STOP' },
    { stage: { name: 'DNC' } },
    { status: 'Never contact again' },
    { mailchimpStatus: 'unsubscribed' },
    { email_permission_status: 'Opted out' },
    { name: 'Ana López DNC' },
    { firstName: 'DO NOT EMAIL', lastName: 'López' },
    { email: 'ana@example.com (unsubscribed)' },
    { notes: 'Please remove me from your list' },
    { notes: [{ text: 'UNSUBSCRIBE' }, { text: 'Called.' }] },
    { comments: "Don't email her any more!" },
    { consents: [{ channel: 'email', granted: false }] },
  ]) {
    assert.equal(consent(document).optOut, true, JSON.stringify(document));
  }
});

test('fields that only sound similar are ignored', () => {
  for (const document of [
    { unsubscribeUrl: 'https://example.com/u' },
    { unsubscribe: 'https://example.com/u' },
    { optionPrice: 1 },
    { MailingState: 'FL', MailingCity: 'Boca Raton', mailing_address: '1 Main St' },
    { newsletterId: 'n17', newsletterCount: 3, lastNewsletter: 'March', newsletter: 'weekly', newsletters: 12 },
    { notes: 'unsubscribed from the newspaper' },
    { notes: 'Mother deceased, selling her house. Do not email before Monday.' },
    { unsubscribeToken: 'a1b2c3', unsubscribeGroupId: 17, optOutText: 'Reply STOP', unsubscribeCount: 3 },
    { agentOptOut: true, smsOptOut: true, textOptOut: 1, optOutPhone: 'Y', doNotCall: true },
    { email: 'no email', name: 'Ana Donnell' },
    { leadStatus: 'New', mailchimpStatus: 'subscribed', contactPreference: 'phone' },
    { consents: [{ channel: 'email', granted: true }] },
  ]) {
    assert.equal(consent(document).optOut, false, JSON.stringify(document));
  }
});
