import { spelling } from '../reading.ts';

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
    'dontemail|dontmail|dontcontact|noe?mails?|nomailings?|nocontact|dnc|dne|hardbounced?|bounced|suppress|suppressed|suppression|' +
    `blacklist|blacklisted|blocklist|blocklisted|complained|spamcomplaint|spamreport|reportedspam|markedasspam|undeliverable|deceased)${when}$`,
);

/** `subscribed`, `emailOptIn`, `emailConsent`, `acceptsEmail`, …: a plain "no" is an opt-out. */
const optIn = new RegExp(
  `^${about}(?:e?mails?|e?mailing)?(?:optin|optedin|subscribed)${when}$|^(?:e?mail(?:consent|consented|permission|allowed|enabled|ok|alerts|notifications)|` +
    '(?:allow|allows|can|accept|accepts|receive|receives|wants|send|oktosend|okto|permit|permits|mayreceive)e?mails?|consent|mailable|e?mailable|contactable)$',
);

/** `emailStatus`, `subscriptionStatus`, …: a word for the person's e-mail status. */
const status =
  /^(?:e?mail(?:address|ing|subscription|delivery|marketing|consent)?|subscription|subscriber|unsubscribe|marketing|consent|optin|newsletter|bounce)(?:status|state)$/;

/** Fields for what kind of contact it is: stage, tags and so on. Only unmistakable values count. */
const labels = new Set(
  'stage status type tag tags label labels flag flags category categories group groups list lists segment segments leadstage leadstatus contactstage contactstatus contacttype disposition substatus pipeline'.split(
    ' ',
  ),
);

/** Fields with a choice per channel: `preferences: { email: false }`. */
const choices =
  /^(?:(?:contact|communication|e?mail|notification|marketing|user)?(?:preferences?|prefs|settings|permissions?|subscriptions?|consents?)|notifications?|channels?|optins?)$/;
const channels = new Set(
  'email emails mail byemail viaemail alerts emailalerts propertyalerts listingalerts homealerts marketing emailmarketing marketingemails all any'.split(
    ' ',
  ),
);
const otherChannels =
  /^(?:sms|texts?|textmessages?|phone|calls?|mobile|whatsapp|push|fax|post|postal|directmail|by(?:sms|phone|text)|slack)$/;

/** How the value of an entry about consent is to be read. */
export type ConsentKind = 'opt-out' | 'opt-in' | 'status' | 'label' | 'choice';

export const consentKindOf = (parentName: string, entryName: string): ConsentKind | undefined => {
  const [parent, name] = [short(parentName), short(entryName)];
  if (optOut.test(name)) return 'opt-out';
  // `optOut: { email: true, sms: false }`, `unsubscribed: { at: … }`
  if (optOut.test(parent)) return otherChannels.test(name) ? undefined : 'opt-out';
  if (optIn.test(name)) return 'opt-in';
  if (status.test(name)) return 'status';
  if (labels.has(name)) return 'label';
  if (choices.test(parent) && channels.has(name)) return 'choice';
  // `preferences: 'no e-mail'`
  return choices.test(name) ? 'label' : undefined;
};

const short = (name: string) => (name.length > 60 ? '' : spelling(name));
