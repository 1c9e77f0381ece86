import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consent } from './support/consent.ts';

test('German and Spanish names mean the same', () => {
  const out =
    'désabonné ne_pas_contacter pas_de_pub keine_werbung keineEmails nichtKontaktieren werbesperre abgemeldet abgemeldet_am werbewiderspruch verstorben no_contactar noEnviarCorreos no_molestar no_publicidad fecha_baja baja fallecido';
  for (const name of out.split(' ')) {
    for (const yes of [true, 'J', 'ja', 'sí', '2024-03-01']) assert.equal(consent({ [name]: yes }).optOut, true, name);
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

test('"never" means no in a field about what someone gets, but not in a field about what they refuse', () => {
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
