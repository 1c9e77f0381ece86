import { spelling } from '../reading.ts';
import { byName } from './by-name.ts';
import { lawfulConsent, lawfulParent, lawfulPart, withdrawnConsent, withdrawnPart } from './lawful-names.ts';
import { perhapsSubscription, subscription, subscriptionPart } from './subscription-names.ts';

/**
 * The field names under which a legacy document says whether a person may be e-mailed. Names are compared by their
 * `spelling` (letters and digits in lower case), so `opt_out`, `OptOut` and `opt-out` are the same.
 */

const about = '(?:is|has|was|user|contact|lead|client|customer|person|global)*';
const mail = '(?:e?mails?|e?mailing|marketing|newsletters?|alerts?|all|communications?)?';
const when =
  '(?:from)?(?:e?mails?|all|marketing|alerts?)?(?:at|on|date|datetime|time|timestamp|ts|flag|yn|status|reason|utc)?';

/** `emailOptOut`, `unsubscribed`, `unsubscribedAt`, `opt_out`, `doNotEmail`, `dnc`, `bounced`, `spamComplaint`, `deceased`, … */
const optOut = new RegExp(
  `^${about}${mail}(?:optout|optsout|optedout|unsubscribed?|unsubscribes|unsub|unsubbed|donotemail|donotmail|donotcontact|donotsend|` +
    'dontemail|dontmail|dontcontact|dnd|noe?mails?|nomailings?|nomarketing|nonewsletters?|nosolicit(?:ation|ing)?|nocontact|stope?mails?|' +
    'stopped|blocked|banned|spam|markedspam|died|dateofdeath|removeme|removefromlists?|leavemealone|invalide?mail|bade?mail|(?:is)?(?:invalid|bad)|baja|darsedebaja|dardebaja|dnc|dne|hardbounced?|bounced|suppress|suppressed|suppression|' +
    `blacklist|blacklisted|blocklist|blocklisted|complained|spamcomplaint|spamreport|reportedspam|markedasspam|undeliverable|deceased)${when}$`,
);

/** `keine_werbung`, `abgemeldetAm`, `no_contactar`, `fecha_baja`, `désabonné`, … */
const optOutElsewhere = new RegExp(
  '^(?:keine?(?:e?mails?|werbung|newsletter|kontaktaufnahme)|nicht(?:kontaktieren|anschreiben|mailen)|(?:e?mail|werbe|kontakt|newsletter)sperre|' +
    '(?:newsletter)?(?:abgemeldet|abbestellt|abmeldung)|werbewiderspruch|widerspruch|widersprochen|verstorben|' +
    'no(?:contactar|molestar|llamarniescribir|enviar(?:e?mails?|correos?|publicidad)?|quiere(?:e?mails?|correos?|publicidad)|correos?|publicidad)|' +
    '(?:fecha(?:de)?)?baja(?:boletin|correos?)?|fallecid[oa]|' +
    '(?:desabonn|desinscri)(?:ee?|te?|ement|ption)|pasde(?:e?mails?|courriels?|pub(?:licite)?|newsletter)|nepas(?:contacter|deranger|ecrire|envoyer(?:e?mails?)?)|' +
    'refuse?(?:e?mails?|courriels?|pub(?:licite)?|newsletter)|decedee?)(?:am|datum|kz|yn|fecha|le|date)?$',
);

/** `einwilligung_email`, `acepta_correos`, `suscrito`, `accepte_emails`, …: a plain "no" is an opt-out. */
const optInElsewhere = new RegExp(
  '^(?:(?:e?mail|werbe|marketing|newsletter|dsgvo)?(?:einwilligung|zustimmung|erlaubnis)(?:e?mail|werbung|marketing|newsletter)?|' +
    '(?:e?mail|werbung|newsletter|kontakt)(?:erlaubt|erwuenscht|erwunscht|abonniert)|' +
    '(?:acepta|autoriza|permite|recibe|quiere)(?:e?mails?|correos?|publicidad|marketing|comunicaciones|alertas|boletin(?:es)?)|' +
    'suscrit[oa]|consentimiento(?:e?mail|correo|marketing|publicidad)?|' +
    '(?:acepta|autoriza|permite|quiere)?recibir(?:e?mails?|correos?|comunicaciones|alertas)|' +
    '(?:accepte|autorise|recoit|souhaite|veut)(?:recevoir)?(?:les|des)?(?:e?mails?|courriels?|communications?|alertes?|marketing)|' +
    'abonnee?|consentement(?:e?mails?|courriels?|marketing|publicite)?)(?:am|datum|kz|yn|fecha|le|date)?$',
);

/**
 * Parts of names that mean an opt-out wherever they occur: `HasOptedOutOfEmail__c`, `mailchimp_unsubscribed`,
 * `excludeFromCampaigns`.
 */
const outAnywhere =
  /opt(?:s|ed)?out|unsubs?cri|unsuscri|desuscri|^unsub|(?:donot|dont)(?:e?mail|contact|market|solicit|send|disturb)|suppress|blacklist|blocklist|spamcomplain|spamreport|exclu(?:de|ded)from|(?:gdpr|ccpa)(?:eras|delet|forg)|forgotten|forgetme|hardbounce/;
/** Fields that are about an opt-out without stating one, and opt-outs of another person. */
const noStatement =
  /(?:url|uri|link|token|code|hash|key|guid|uuid|ids?|count|rate|message|text|template|page|subject|body|footer|ip)$|agent|owner|broker|realtor|assign|lender|referr|spouse/;
const otherChannelIn = /sms|mms|text|phone|call|mobile|whatsapp|push|fax|postal|voice|directmail/;

const saysOutAnywhere = (name: string): boolean =>
  outAnywhere.test(name) &&
  !noStatement.test(name) &&
  (!otherChannelIn.test(name) || /mail|all|global/.test(name.replace(/directmail|call/g, '')));

/** `subscribed`, `emailOptIn`, `emailConsent`, `acceptsEmail`, …: a plain "no" is an opt-out. */
const optIn = new RegExp(
  `^${about}(?:e?mails?|e?mailing)?(?:optin|optedin|subscribed)${when}$|^(?:e?mail(?:consent|consented|permission|allowed|enabled|ok|alerts|notifications)|` +
    '(?:allow|allows|can|accept|accepts|receive|receives|wants|send|oktosend|okto|permit|permits|mayreceive)e?mails?|consent|mailable|e?mailable|contactable)$|' +
    '^(?:accepts?|agreed?to|consents?to|consentedto|permissionto|wants?|receives?|allows?)(?:marketing|alerts?|e?mail(?:s|ings?)?|e?mailmarketing|communications?)$|' +
    '^(?:marketing|gdpr|casl)(?:consent|consented|permission|optin|allowed|accepted)$|^consent(?:given|granted|toe?mails?|tomarketing)$',
);

/** `emailStatus`, `subscriptionStatus`, …: a word for the person's e-mail status. */
const status =
  /^(?:e?mail(?:address|ing|subscription|delivery|marketing|consent)?|subscription|subscriber|unsubscribe|marketing|consent|optin|newsletter|bounce)(?:status|state)$/;

/** More likely the state of an address than of a subscription. */
const mailingState = /^(?:e?mail|mailing)(?:address)?state$/;

/** Fields for what kind of contact it is: stage, tags and so on. Only unmistakable values count. */
const labels = new Set(
  'stage status type tag tags label labels flag flags category categories group groups list lists segment segments leadstage leadstatus contactstage contactstatus contacttype disposition substatus pipeline'.split(
    ' ',
  ),
);

/** `mailchimpStatus`, `contactPreference`, …; and `stage: { name }`. */
const labelEnd = /(?:status|stage|disposition|preferences?|prefs?|tags?|labels?)$/;
const labelParts = new Set(['name', 'label', 'value', 'title', 'text', 'key', 'code']);

/** Fields with a choice per channel: `preferences: { email: false }`. */
const choices =
  /^(?:(?:contact|communication|e?mail|notification|marketing|user)?(?:preferences?|prefs|settings|permissions?|subscriptions?|consents?)|notifications?|channels?|optins?)$/;
const channels = new Set(
  'email emails mail byemail viaemail alerts emailalerts propertyalerts listingalerts homealerts marketing emailmarketing marketingemails all any'.split(
    ' ',
  ),
);
/** What e-mail someone wants, in one word: `emailPreferences: 'none'`. `contactPreference: 'none'` states no preference. */
const mailPreference = /^(?:e?mail|notification|marketing)(?:preferences?|prefs|settings|subscriptions?)$/;
const granted = new Set(['granted', 'allowed', 'given', 'accepted', 'agreed', 'consented']);
const otherChannels =
  /^(?:sms|texts?|textmessages?|phone|calls?|mobile|whatsapp|push|fax|post|postal|directmail|by(?:sms|phone|text)|slack)$/;

/** How the value of an entry about consent is to be read. */
export type ConsentKind = 'opt-out' | 'opt-in' | 'status' | 'label' | 'choice' | 'mail preference';

const short = (name: string) => (name.length > 60 ? '' : spelling(name));

export const consentKindOf = byName((parentName: string, entryName: string): ConsentKind | undefined => {
  const [parent, name] = [short(parentName), short(entryName)];
  if (optOut.test(name) || optOutElsewhere.test(name) || withdrawnConsent.test(name) || saysOutAnywhere(name))
    return 'opt-out';
  // `optOut: { email: true, sms: false }`, `unsubscribed: { at: … }`
  if (optOut.test(parent) || saysOutAnywhere(parent)) return otherChannels.test(name) ? undefined : 'opt-out';
  if (optIn.test(name) || optInElsewhere.test(name) || lawfulConsent.test(name)) return 'opt-in';
  // `gdpr: { accepted: true, withdrawnAt: … }`
  if (lawfulParent.test(parent) && withdrawnPart.test(name)) return 'opt-out';
  if (lawfulParent.test(parent) && lawfulPart.test(name)) return 'opt-in';
  if (status.test(name)) return mailingState.test(name) ? 'label' : 'status';
  if (subscription.test(name) || (subscription.test(parent) && subscriptionPart.test(name))) return 'choice';
  if (mailPreference.test(name) || perhapsSubscription.test(name)) return 'mail preference';
  if (labels.has(name) || labelEnd.test(name) || (labels.has(parent) && labelParts.has(name))) return 'label';
  if (choices.test(parent) && channels.has(name)) return 'choice';
  // `consents: [{ channel: 'email', granted: false }]`
  if (choices.test(parent) && granted.has(name)) return 'opt-in';
  // `preferences: 'no e-mail'`
  return choices.test(name) ? 'label' : undefined;
});
