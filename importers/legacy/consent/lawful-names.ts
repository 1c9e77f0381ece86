/**
 * Names of fields about the consent that the law asks for, in English, German, Spanish and French: `gdpr`, `dsgvo_einwilligung`, `rgpd`,
 * `consent_given`, `datenschutzZustimmung`, `consentRevokedAt`. Compared by their `spelling`.
 */

const about = '(?:is|has|was|user|contact|lead|client|customer|person|kunde|cliente)*';
const law = '(?:eu)?(?:gdpr|dsgvo|rgpd|lopd(?:gdd)?|lgpd|casl)';
const privacy = '(?:datenschutz|privacy|dataprotection|protecciondedatos|protectiondesdonnees)';
const consent = '(?:consent(?:ed)?|einwilligung|eingewilligt|consentimiento|consentement)';
const agreement = `(?:${consent}|optin|optedin|permission|agreed|agreement|zustimmung|zugestimmt|erlaubnis|accord|autorizacion|autorisation|acepta(?:cion|d[oa])?|accept(?:ed|e|ance)?)`;
const purpose =
  '(?:to|for|zur?|para|pour)?(?:e?mails?|e?mailing|marketing|werbung|newsletters?|correos?|publicidad|contact)?';
const given =
  '(?:given|granted|received|obtained|ok|yn|kz|flag|checked|confirmed|signed|value|status|state|erteilt|gegeben|vorhanden|dad[oa]|otorgad[oa]|donnee?)?';
const when = '(?:at|on|am|date|datetime|datum|fecha|time|timestamp|since|seit|le)?';
const withdrawal =
  '(?:withdrawn|withdrew|withdrawal|revoked?|revocation|objected|objection|declined?|denied|refus(?:ed?|al)|widerruf(?:en)?|widerspruch|widersprochen|verweigert|abgelehnt|revocad[oa]|revocacion|retirad[oa]|retiree?|revoquee?|eras(?:ed?|ure)|delet(?:ed?|ion)|forgotten|geloe?scht|loe?schung)';

/** A yes to being contacted: a plain "no" is an opt-out. */
export const lawfulConsent = new RegExp(
  `^${about}(?:(?:${law}(?:${agreement})?|${privacy}${agreement}|(?:given|gave)?${consent}|${consent}${law})${purpose}${given}|` +
    `(?:agree[ds]?|consents|consented|accept(?:s|ed)?)to${law})${when}$`,
);

/** That a person has taken it back, or has asked to be erased. */
export const withdrawnConsent = new RegExp(
  `^${about}(?:(?:${law}(?:${agreement})?|${privacy}${agreement}|${consent})${purpose}${withdrawal}|(?:withdrawn|withdrew|revoked|refused|declined|denied)${consent})${when}$`,
);

/** Whether the entries of a sub-document with this name are about such a consent: `gdpr: { accepted: false }`. */
export const lawfulParent = new RegExp(`^${about}(?:${law}(?:${agreement})?|${privacy}${agreement}|${consent})$`);
export const lawfulPart = new RegExp(
  `^${about}(?:${agreement}|value|ok|yes|given|granted|allowed|status|state|e?mails?|marketing)$`,
);
export const withdrawnPart = new RegExp(`^${about}${withdrawal}${when}$`);
