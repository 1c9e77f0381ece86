import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consent } from './support/consent.ts';

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

test('a field that only accompanies a consent is not a consent', () => {
  for (const name of 'gdprText gdprVersion gdprIp gdprCountry consentText consentVersion consentIp consentSource consentId privacyPolicyUrl smsConsent consentSms agreement accepted permissions'.split(
    ' ',
  ))
    assert.deepEqual(consent({ [name]: 'something' }), { optOut: false, unclear: [] }, name);
});
