import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Decimal128, Double, Int32, Long } from 'bson';
import { canonicalEmail } from '../../domain/identity/email-address.ts';
import { entriesOf } from '../../importers/legacy/consent/entries.ts';
import { readConsent } from '../../importers/legacy/consent/read-consent.ts';

const consent = (document: Record<string, unknown>) => readConsent(entriesOf(document));

suite('consent', () => {
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

  test('German and Spanish names say the same', () => {
    const out =
      'désabonné ne_pas_contacter pas_de_pub keine_werbung keineEmails nichtKontaktieren werbesperre abgemeldet abgemeldet_am werbewiderspruch verstorben no_contactar noEnviarCorreos no_molestar no_publicidad fecha_baja baja fallecido';
    for (const name of out.split(' ')) {
      for (const yes of [true, 'J', 'ja', 'sí', '2024-03-01'])
        assert.equal(consent({ [name]: yes }).optOut, true, name);
      for (const no of [false, 'N', 'nein', null]) assert.equal(consent({ [name]: no }).optOut, false, name);
    }
    const allowed =
      'einwilligung einwilligung_email emailErlaubt newsletter_abonniert acepta_correos aceptaPublicidad recibe_emails suscrito';
    for (const name of allowed.split(' ')) {
      assert.equal(consent({ [name]: 'nein' }).optOut, true, name);
      assert.equal(consent({ [name]: 'ja' }).optOut, false, name);
    }
    assert.equal(consent({ nocturno: true, nota: 'x', bajada: 3, emailErlaubnisText: 'x' }).optOut, false);
  });

  test('a no to what a field names is an opt-out, in the words of each language, and so is what is not understood', () => {
    const names =
      'newsletter newsletterYN newsletter_aktiv wantsNewsletter newsletterSignup subscribedToNewsletter mailingList rundbrief werbung boletin boletin_noticias recibirBoletin publicidad infolettre accepte_newsletter abonné_newsletter consentement'.split(
        ' ',
      );
    const no = [
      false,
      0,
      'N',
      'no',
      'nein',
      'non',
      'falso',
      'nie',
      'never',
      'nunca',
      'jamais',
      'keine',
      'abgemeldet',
      'refusé',
    ];
    const yes = [true, 1, 'y', 'ja', 'J', 'sí', 'oui', 'aktiv', 'suscrito', 'abonné', '2024-03-01', null, ''];
    for (const name of names) {
      for (const found of no) assert.equal(consent({ [name]: found }).optOut, true, `${name}: ${found}`);
      for (const found of yes) assert.equal(consent({ [name]: found }).optOut, false, `${name}: ${found}`);
      assert.deepEqual(
        [consent({ [name]: 'später' })].map(({ optOut, unclear }) => [optOut, unclear.length]),
        [[true, 1]],
      );
    }
    for (const [name, sub] of [
      ['newsletter', 'active'],
      ['newsletter', 'status'],
      ['mailing', 'value'],
    ] as const)
      assert.equal(consent({ [name]: { [sub]: 'nein' } }).optOut, true, `${name}.${sub}`);
  });

  test('of a field that may be about more than e-mail, only a plain no is an opt-out', () => {
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

  test('never is understood as no where it is asked what someone gets, and not where it is asked what they refuse', () => {
    for (const never of ['nie', 'nunca', 'jamais']) {
      assert.deepEqual(
        [consent({ emailOptIn: never })].map(({ optOut, unclear }) => [optOut, unclear.length]),
        [[true, 0]],
      );
      assert.deepEqual(
        [consent({ doNotEmail: never })].map(({ optOut, unclear }) => [optOut, unclear.length]),
        [[true, 1]],
      );
    }
  });

  test('a status of the e-mail address can be an opt-out', () => {
    for (const out of [
      'unsubscribed',
      'Bounced',
      'hard bounce',
      'complained',
      'cleaned',
      'opted-out',
      'DNC',
      'what?',
    ]) {
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

  test('of choices per channel, only the one for e-mail counts', () => {
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
    for (const some of ['weekly', 'all', '', null, true])
      assert.equal(consent({ emailPreferences: some }).optOut, false);
    assert.equal(consent({ contactPreference: 'none' }).optOut, false, 'no preference is stated');
    assert.equal(consent({ contactPreferences: ['sms', 'do not e-mail'] }).optOut, true);
    assert.equal(consent({ preferences: 'pool, 3 bedrooms' }).optOut, false);
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

  test('a field about the consent that the law asks for says whether the person may be written to', () => {
    const names =
      'gdpr GDPR gdpr_ok gdprConsent gdpr_consent_given gdprConsentDate hasGdprConsent gdprOptIn eu_gdpr agreedToGdpr dsgvo DSGVO dsgvo_einwilligung ' +
      'dsgvoZustimmungAm DSGVO-Kz datenschutzEinwilligung datenschutz_zustimmung rgpd RGPD rgpd_consentimiento rgpdAceptado consentement_rgpd ' +
      'consentimiento consentimientoDado consentimiento_fecha consentement consentGiven consent_given consent_given_at hasConsent hasConsented ' +
      'consented consentYN consentDate emailConsent consent_marketing privacyConsent lopd caslConsent';
    for (const name of names.split(' ')) {
      for (const no of [false, 0, 'N', 'no', 'nein', 'non', 'widerrufen', 'withdrawn', 'not given', 'denied'])
        assert.deepEqual(consent({ [name]: no }), { optOut: true, unclear: [] }, `${name}: ${no}`);
      for (const yes of [true, 1, 'Y', 'ja', 'sí', 'oui', 'erteilt', 'granted', '2024-03-01', new Date(), null, ''])
        assert.equal(consent({ [name]: yes }).optOut, false, `${name}: ${yes}`);
      const said = consent({ [name]: 'see file' });
      assert.deepEqual([said.optOut, said.unclear.length], [true, 1], name);
    }
  });

  test('a consent that was taken back is an opt-out', () => {
    const names =
      'gdprWithdrawn gdpr_revoked_at dsgvoWiderruf dsgvo_widerrufen_am dsgvoGelöscht rgpdRevocado consentWithdrawn consentRevokedAt ' +
      'consent_denied revokedConsent einwilligungWiderrufen consentimiento_revocado consentement_refusé gdprErasure';
    for (const name of names.split(' ')) {
      for (const yes of [true, 'Y', 'ja', '2024-03-01']) assert.equal(consent({ [name]: yes }).optOut, true, name);
      for (const no of [false, 'N', null]) assert.equal(consent({ [name]: no }).optOut, false, name);
    }
    for (const parent of ['gdpr', 'dsgvo', 'rgpd', 'gdprConsent', 'consent']) {
      const said = (fields: object) => consent({ [parent]: fields }).optOut;
      assert.equal(said({ accepted: false, at: '2024-03-01' }), true, parent);
      assert.equal(said({ accepted: true, withdrawnAt: '2024-03-01' }), true, parent);
      assert.equal(said({ marketing: 'maybe' }), true, parent);
      assert.equal(
        said({ accepted: true, at: '2024-03-01', ip: '10.0.0.1', text: 'I agree', version: 3 }),
        false,
        parent,
      );
    }
  });

  test('what only accompanies a consent is none', () => {
    for (const name of 'gdprText gdprVersion gdprIp gdprCountry consentText consentVersion consentIp consentSource consentId privacyPolicyUrl smsConsent consentSms agreement accepted permissions'.split(
      ' ',
    ))
      assert.deepEqual(consent({ [name]: 'something' }), { optOut: false, unclear: [] }, name);
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
});

suite('every spelling of an e-mail address has the same canonical form', () => {
  const table: readonly (readonly [string, string | undefined])[] = [
    [' Ana@Example.COM ', 'ana@example.com'],
    ['\u200bana@example.com', 'ana@example.com'],
    ['an\u00ada@exa\u2060mple.com\ufeff', 'ana@example.com'],
    ['ana\u00a0@example.com', undefined],
    ['\u00a0ana@example.com', 'ana@example.com'],
    ['ａｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ana@example.com'],
    ['jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['mailto:ana@example.com', 'ana@example.com'],
    ['MAILTO:ana@example.com?subject=Hi', 'ana@example.com'],
    ['<ana@example.com>', 'ana@example.com'],
    ['Ana López <ana@example.com>', 'ana@example.com'],
    ['"ana@example.com"', 'ana@example.com'],
    ['(ana@example.com)', 'ana@example.com'],
    ['<mailto:ana@example.com>;', 'ana@example.com'],
    ['ana@example.com.', 'ana@example.com'],
    ['ana@example.com,', 'ana@example.com'],
    ['‘ana@example.com’', 'ana@example.com'],
    ['“ana@example.com”…', 'ana@example.com'],
    ['• ana@example.com|', 'ana@example.com'],
    ['a.n.a+tag@gmail.com', 'a.n.a+tag@gmail.com'],
    ['ana@', undefined],
    ['', undefined],
    [`${'a'.repeat(100_000)}@example.com`, undefined],
  ];
  for (const [found, address] of table) {
    test(`${JSON.stringify(found.slice(0, 40))} is ${address ?? 'not an address'}`, () => {
      assert.equal(canonicalEmail(found), address);
      if (address !== undefined) assert.equal(canonicalEmail(address), address);
    });
  }
});
