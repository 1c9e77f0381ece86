import { canonicalEmail } from '../../domain/identity/email-address.ts';
import { currencyOf } from '../legacy/fields/numbers/quantities/currency.ts';
import { areaUnits } from '../legacy/fields/numbers/quantities/measure.ts';
import { isDocument } from '../legacy/reading.ts';

/** What kind of value something is, for people: its type in MongoDB. */
export const typeOf = (found: unknown): string => {
  if (found === null || found === undefined) return 'null';
  if (typeof found === 'string') return 'text';
  if (typeof found === 'number') return Number.isFinite(found) ? 'number' : 'NaN or infinite';
  if (typeof found === 'bigint') return 'long number';
  if (typeof found === 'boolean') return 'yes/no';
  if (found instanceof Date) return 'date';
  if (Array.isArray(found)) return 'list';
  if (isDocument(found)) return 'document';
  const type = typeof found === 'object' && '_bsontype' in found ? found._bsontype : undefined;
  return typeof type === 'string' && /^[A-Za-z0-9]{1,20}$/.test(type) ? type : 'binary or other';
};

export type Look =
  | 'e-mail address'
  | 'phone number'
  | 'name'
  | 'link'
  | 'date'
  | 'amount'
  | 'number of bedrooms'
  | 'number of bathrooms'
  | 'number of rooms'
  | 'area'
  | 'other';

/** What a text looks like. A name is only a guess: some words that begin with a capital letter. */
export const lookOf = (text: string): Look => {
  if (text.length > 300) return 'other';
  const trimmed = text.trim();
  if (/@/.test(trimmed) && trimmed.split(/[\s,;<>()]+/).some((part) => canonicalEmail(part) !== undefined))
    return 'e-mail address';
  if (/^https?:\/\//i.test(trimmed)) return 'link';
  if (
    /^\d{4}-\d\d-\d\d(?:[T ]|$)|^\d{1,2}([-/.])\d{1,2}\1(?:\d{4}|\d{2})(?:$|,?[T ]\s?\d{1,2}[:.h]?\d{2})/.test(trimmed)
  )
    return 'date';
  const digits = trimmed.replace(/\D/g, '').length;
  if (/^[+(]?[\d\s().+x/-]{7,24}$/i.test(trimmed) && digits >= 10 && digits <= 15) return 'phone number';
  const measured = lookOfMeasured(trimmed);
  if (measured !== undefined) return measured;
  if (/^\$\s?\d|^\d{1,3}(?:,\d{3})+/.test(trimmed)) return 'amount';
  if (/^\p{Lu}[\p{L}\p{M}.'’-]*(?:,?\s(?:\p{Lu}[\p{L}\p{M}.'’-]*|de|la|van|von|del|dos|da)){1,4}$/u.test(trimmed))
    return 'name';
  return 'other';
};

/** What a number with a unit before or after it is: `999,000 USD`, `€ 450.000`, `6 Schlafzimmer`, `120 m²`. */
const lookOfMeasured = (text: string): Look | undefined => {
  const after =
    /^\d[\d.,'’\s]{0,20}(?:[½¼¾]|\+)?\s?(?:[km]|tsd\.?|mio\.?|million)?\s?(?<unit>\p{Sc}|\p{L}[\p{L}.$²^2 ]{0,20})$/iu.exec(
      text,
    );
  const before = /^(?<unit>\p{L}{0,3}\$|\p{Sc}|\p{L}{3})\s?\d[\d.,'’\s]{0,20}(?:[km]|mio\.?)?(?:,?[-–]{1,2})?$/iu.exec(
    text,
  );
  const unit = (after ?? before)?.groups?.unit?.trim();
  if (unit === undefined) return undefined;
  if (currencyOf(unit) !== undefined) return 'amount';
  if (before !== null) return undefined;
  if (bedrooms.test(unit)) return 'number of bedrooms';
  if (bathrooms.test(unit)) return 'number of bathrooms';
  if (rooms.test(unit)) return 'number of rooms';
  return Object.hasOwn(areaUnits, unit.toLowerCase().replace(/[\s.]/g, '')) ? 'area' : undefined;
};

const bedrooms =
  /^(?:b[rd]s?|bdrms?|beds?|bed\s?rooms?|schlafzimmer|sz|dormitorios?|rec[aá]maras?|habitaci(?:[oó]n|ones)|chambres?)\.?$/i;
const bathrooms = /^(?:ba|baths?|bath\s?rooms?|b[aä]d(?:er)?|badezimmer|ba[nñ]os?|salles? de bains?)\.?$/i;
const rooms = /^(?:rooms?|zimmer|zi|r[aä]ume?|cuartos?|ambientes?|pi[eè]ces?)\.?$/i;

/** The shape of a text without what it says: `(561) 555-0134` → `(999) 999-9999`, `Ana López` → `Aa Aa`. */
export const shapeOf = (text: string): string =>
  text
    .slice(0, 60)
    .replace(/\p{Lu}[\p{Ll}\p{M}]+/gu, 'Aa')
    .replace(/\p{Lu}{2,}/gu, 'AA')
    .replace(/(?<!A)\p{Ll}{2,}/gu, 'aa')
    .replace(/\p{Nd}/gu, '9')
    .replace(/[\p{Cc}\p{Surrogate}]/gu, ' ') + (text.length > 60 ? '…' : '');
