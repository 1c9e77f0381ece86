import { spelling } from '../legacy/reading.ts';
import type { PathProfile } from './path-profile.ts';

/** Fields of openhouse that hold personal data. */
const personalSlots =
  /^(?:leads|agents|savedSearches|activities)\.(?:email|memberEmail|mobilePhone|memberMobilePhone|firstName|lastName|fullName|memberFullName|notes|body|memberStateLicense|savedSearchName|tags)$/;

/** Names of fields that usually do, also in Spanish and German. */
const personalNames = [
  /(?:^|\b)(?:first|last|full|middle|maiden|nick|display|user|owner|spouse|partner|buyer|seller|contact|client|lead)?[_-]?(?:names?|nm)$/i,
  /(?:sur|given|family|vor|nach|familien)[_-]?name|^[fl][_-]?(?:name|nm)$|(?:^|_)nombres?(?:_|$)|apellido/i,
  /e?mail|phone|mobile|cell|fax|whatsapp|correo|telefon|tel[eé]fono|^tel\d*$|handy|m[oó]vil/i,
  /ssn|birth|dob|geburt|nacimiento|passw|secret|token|apikey|licen[cs]e/i,
  /note|comment|remark|message|body|text|memo|notiz|bemerkung|kommentar|comentario|observaci/i,
  /street|addressline|stra(?:ss|ß)e|calle|direcci/i,
];
const notPersonal = /^(?:publicremarks|description|collectionname|officename|cityname|listofficename|texture|context)$/;

/**
 * Whether values at a path may be personal: because of what the mapping says they are, what the path is called, or what
 * they look like. When in doubt, they are.
 */
export const isPersonal = (path: string, feeds: readonly string[], profile: PathProfile): boolean => {
  if (feeds.some((field) => personalSlots.test(field))) return true;
  const last = path.slice(path.lastIndexOf('.') + 1);
  if (
    feeds.length === 0 &&
    personalNames.some((name) => name.test(last)) &&
    !notPersonal.test(spelling(last.slice(0, 60)))
  )
    return true;
  const looks = (look: 'e-mail address' | 'phone number' | 'name') => profile.looks.get(look) ?? 0;
  if (looks('e-mail address') + looks('phone number') > 0) return true;
  // Names of people differ from document to document, those of towns and stages do not.
  const different = profile.values === 'many' ? profile.valueCount : profile.values.size;
  return looks('name') > 0 && different > profile.valueCount / 2;
};
