import type { Entry } from '../../source.ts';
import { readTimestamp } from '../fields/times/date.ts';
import { readYesNo } from '../fields/words/yes-no.ts';
import { plainValue } from '../plain-value.ts';
import { isMissing, spelling } from '../reading.ts';
import { addressesInText } from './addresses.ts';
import { type ConsentKind, consentKindOf } from './names.ts';

/** Whether a document allows its person to be e-mailed. */
export type Consent = {
  readonly optOut: boolean;
  /** Entries about consent that could not be understood; they count as opted out. */
  readonly unclear: readonly { readonly name: string; readonly found: unknown }[];
};

/**
 * Whether the person of a document has opted out of e-mail. A single yes in any entry is enough. An entry about consent
 * that cannot be understood counts as an opt-out: better one e-mail too few than one to someone who does not want it.
 */
export const readConsent = (entries: Iterable<Entry>): Consent => {
  let optOut = false;
  const unclear: { name: string; found: unknown }[] = [];
  for (const { parent, name, value } of entries) {
    const kind = consentKindOf(parent, name);
    const said = kind === undefined ? readAnyText(name, value) : readers[kind](value);
    optOut ||= said === 'out' || said === 'unclear';
    if (said === 'unclear' && unclear.length < 10) unclear.push({ name, found: value });
  }
  return { optOut, unclear };
};

/** `nothing`: the entry does not say, or it allows e-mail. */
type Said = 'out' | 'nothing' | 'unclear';

/** Words, by their `spelling`. */
const outWords = new Set(
  'unsubscribed unsubscribe unsub optout optedout out bounced bounce hardbounce hardbounced complained complaint spam spamcomplaint suppressed blocked blacklisted blocklisted cleaned invalid undeliverable donotemail donotmail donotcontact dnc dne deceased removed stopped'.split(
    ' ',
  ),
);
const inWords = new Set(
  'subscribed subscribe active ok okay valid verified deliverable optin optedin in confirmed enabled good allowed granted given sent delivered opened clicked accepted'.split(
    ' ',
  ),
);
/** These say no to getting e-mail; of an opt-out they may say either, so there they are not understood. */
const noneWords = new Set(
  (
    'none never no off nothing noemail noemails disabled inactive denied declined refused rejected revoked withdrawn canceled cancelled false 0 ' +
    'notgiven notgranted notconsented nichterteilt verweigert objected ' +
    'nie niemals nichts keine keinen keiner kein aus inaktiv abgelehnt widerrufen abgemeldet abbestellt gekundigt gekuendigt unerwunscht unerwuenscht ' +
    'nunca jamas nada ninguno ninguna inactivo inactiva rechazado rechazada cancelado cancelada ' +
    'jamais rien aucun aucune inactif refuse refusee annule annulee desabonne desabonnee'
  ).split(' '),
);
const allowedWords = new Set(
  (
    'consented agreed express implied eingewilligt vorhanden dado dada otorgado otorgada ' +
    'enabled signedup registered aktiv an ein abonniert angemeldet erlaubt erteilt zugestimmt erwunscht erwuenscht activo activa suscrito suscrita ' +
    'aceptado aceptada permitido autorizado actif active abonne abonnee inscrit inscrite accepte acceptee'
  ).split(' '),
);
/** These only say that the status is not known: the person has not opted out. */
const neutralWords = new Set(
  'unknown unverified unconfirmed pending notset notsure unspecified new softbounce softbounced 00000000 00000000000000'.split(
    ' ',
  ),
);

const readStatement = (value: unknown, yesMeans: 'out' | 'nothing'): Said => {
  const found = plainValue(value);
  if (saysNothing(found)) return 'nothing';
  const { value: yes } = readYesNo(found);
  if (yes !== undefined) return yes === (yesMeans === 'out') ? 'out' : 'nothing';
  if (typeof found === 'string') {
    if (found.length <= 2_000 && /^https?:\/\//i.test(found)) return 'nothing'; // an unsubscribe link
    const word = found.length <= 60 ? spelling(found) : '';
    if (outWords.has(word)) return 'out';
    if (inWords.has(word) || neutralWords.has(word)) return 'nothing';
    if (yesMeans === 'nothing' && noneWords.has(word)) return 'out';
    if (yesMeans === 'nothing' && allowedWords.has(word)) return 'nothing';
  }
  // A date says when the person opted out or gave consent.
  if (isDate(found)) return yesMeans;
  return 'unclear';
};

const saysNothing = (found: unknown): boolean =>
  isMissing(found) ||
  (typeof found === 'object' && found !== null && Object.keys(found).length === 0 && !(found instanceof Date)) ||
  (typeof found === 'string' && /^(?:null|undefined|n\/?a)$/i.test(found));

const isDate = (found: unknown): boolean =>
  found instanceof Date ||
  ((typeof found === 'string' || typeof found === 'number') && readTimestamp(found).value !== undefined);

/** "DNC", "Do Not Contact", "Unsubscribed", "Opted out (e-mail)", "Deceased", … anywhere in a stage or a tag. */
const clearLabel =
  /\bunsub|\bopt(?:ed|s)?[\s_-]*out|\bdo[\s_-]*n(?:o|['’])?t[\s_-]*(?:contact|e[\s_-]?mail|mail|send|disturb|solicit|market)|\bd\.?n\.?[cdem]\b|deceased|passed[\s_-]*away|\bno[\s_-]*(?:more[\s_-]*)?(?:e[\s_-]?mails?|contact)\b|\bstop[\s_-]*(?:e[\s_-]?mail|contact)|\bremove(?:d)?[\s_-]*(?:me[\s_-]*)?from|\bblack[\s_-]*list|\bhard[\s_-]*bounce|\bspam[\s_-]*complain|\bnever[\s_-]*(?:ever[\s_-]*)?(?:contact|e[\s_-]?mail)|\bcomplain(?:ed|t)|\bsuppressed\b|\b(?:revoked|withdrawn|withdrew)[\s_-]*consent|\bconsent[\s_-]*(?:was[\s_-]*)?(?:revoked|withdrawn)|\bno[\s_-]*(?:contactar|molestar)\b|\bfallecid[oa]\b|^r\.?i\.?p\.?$|cease[\s_-]*(?:and|&)[\s_-]*desist/i;
/** These only count as the whole label, by their `spelling`. */
const clearLabels = new Set([
  'bounced',
  'hardbounced',
  'spam',
  'spammer',
  'blocked',
  'banned',
  'stop',
  'stopped',
  'cleaned',
  'undeliverable',
]);

const readLabel = (value: unknown): Said => {
  const found = plainValue(value);
  if (typeof found !== 'string' || found.length > 300) return 'nothing';
  if (clearLabels.has(spelling(found))) return 'out';
  return clearLabel.test(found.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')) ? 'out' : 'nothing';
};

/**
 * What people write if there is no field for it: after a name or an address (`Ana López DNC`,
 * `ana@example.com (unsubscribed)`), or as a note that says nothing else.
 */
const besideName =
  /\bunsubscribed?\b|\bopt(?:ed)?[\s_-]*out\b|\b(?:do[\s_-]*n(?:o|['’])?t|never)[\s_-]*(?:contact|e[\s_-]?mail|write|disturb|solicit)|\bno[\s_-]*more[\s_-]*e[\s_-]?mails?\b|\bstop[\s_-]*e[\s_-]?mail|\bD\.?N\.?C\b|\b(?:deceased|DECEASED)\b/i;
const wholeNote =
  /^(?:please\s|pls\s)?(?:(?:unsubscribed?|opt(?:ed|s)?[\s-]out|take|remove)(?:\s(?:me|him|her|them))?|(?:do\snot|don['’]?t|never|stop)\s(?:ever\s)?(?:contact|e-?mail|writ(?:e|ing)|send(?:ing)?)(?:ing)?(?:\s(?:me|him|her|them))?(?:\se-?mails?)?|no\smore\se-?mails?|DNC)(?:\s(?:again|any\s?more|off))?(?:\s(?:from|of)?\s?(?:the|your|our|all|any)?\s?(?:mailing\s)?(?:e-?mails?|lists?|alerts|everything))?(?:,?\splease)?[\s.!]*$/i;

const readAnyText = (name: string, value: unknown): Said => {
  const found = typeof value === 'string' && value.length <= 120 ? plainValue(value) : undefined;
  if (typeof found !== 'string') return 'nothing';
  const said = /name|mail/i.test(name.slice(0, 60))
    ? besideName.test(found)
    : /note|comment|remark|text|body|memo/i.test(name.slice(0, 60)) && wholeNote.test(found);
  return said ? 'out' : 'nothing';
};

/** Instead of yes or no, a channel may have its address, a frequency, or a format. */
const notAnAnswer =
  /^(?:html|text|plaintext|both|(?:twice|once|every)?(?:instant|instantly|immediate|immediately|realtime|hourly|daily|day|weekly|week|biweekly|monthly|month|digest|asap)(?:digest|summary)?)$/;

const readChoice = (value: unknown): Said => {
  const said = readStatement(value, 'nothing');
  const found = plainValue(value);
  if (said !== 'unclear' || typeof found !== 'string') return said;
  if (addressesInText(found).length > 0 || notAnAnswer.test(spelling(found.slice(0, 60)))) return 'nothing';
  return readLabel(found) === 'out' ? 'out' : 'unclear';
};

const saysNone = (value: unknown): boolean => {
  const found = plainValue(value);
  if (typeof found === 'string' && noneWords.has(spelling(found.slice(0, 60)))) return true;
  return !saysNothing(found) && readYesNo(found).value === false;
};

const readers: Readonly<Record<ConsentKind, (value: unknown) => Said>> = {
  'opt-out': (value) => readStatement(value, 'out'),
  'opt-in': (value) => readStatement(value, 'nothing'),
  status: (value) => readStatement(value, 'nothing'),
  label: readLabel,
  choice: readChoice,
  'mail preference': (value) => (saysNone(value) ? 'out' : readLabel(value)),
};
