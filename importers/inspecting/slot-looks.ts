import { readLeadSource, readLeadStage } from '../legacy/fields/people/lead-words.ts';
import { readFrequency } from '../legacy/fields/times/frequency.ts';
import { readPropertyType } from '../legacy/fields/words/property-type.ts';
import { readStandardStatus } from '../legacy/fields/words/status.ts';
import { activityTypeOf, assignmentStatusOf } from '../legacy/lead-history.ts';
import type { Reading } from '../legacy/reading.ts';
import { savedSearchReads } from '../legacy/saved-searches.ts';
import type { InspectedPath } from './inspect-source.ts';

/** Whether what is at a path looks like what a field of openhouse holds. @param inside the names of what is in it */
type LooksRight = (path: InspectedPath, inside: readonly string[]) => boolean;

/** Most values of a lookup are words that the field's reader knows. */
const words =
  (known: (word: string) => boolean): LooksRight =>
  ({ values = {} }) => {
    const all = Object.entries(values).filter(([value]) => value !== 'true' && value !== 'false');
    const total = all.reduce((sum, [, count]) => sum + count, 0);
    const right = all.reduce((sum, [value, count]) => sum + (known(value) ? count : 0), 0);
    return total > 0 && right >= 0.6 * total;
  };
const readBy =
  (read: (found: unknown) => Reading<unknown>) =>
  (word: string): boolean =>
    read(word).value !== undefined;

const numbers =
  (least: number, most: number): LooksRight =>
  ({ numbers: found }) =>
    found !== undefined && found.min >= least && found.max <= most;
const shaped =
  (shape: RegExp): LooksRight =>
  ({ shapes = {}, values = {} }) => {
    const [first] = Object.keys(shapes);
    return first === undefined
      ? Object.keys(values).some((value) => shape.test(value.replace(/\d/g, '9')))
      : shape.test(first);
  };
const looks =
  (look: string): LooksRight =>
  ({ looksLike }) =>
    looksLike === look;
const either =
  (...all: readonly LooksRight[]): LooksRight =>
  (path, inside) =>
    all.some((one) => one(path, inside));

/** Dates, texts that look like one, and seconds or milliseconds since 1970. */
export const isTime: LooksRight = either(
  ({ types }) => (types.date ?? 0) > 0,
  looks('date'),
  numbers(800_000_000, 4_000_000_000),
  numbers(800_000_000_000, 4_000_000_000_000),
);

const phone = either(looks('phone number'), numbers(2_000_000_000, 19_999_999_999));
const money = either(looks('amount'), numbers(1_000, 500_000_000), shaped(/^\$/));
const text: LooksRight = ({ types }) => (types.text ?? 0) > 0;
const longText: LooksRight = ({ shapes = {} }) => Object.keys(shapes)[0]?.endsWith('…') === true;

/** By which a field is recognised whatever it is called; those that a record cannot do without come first. */
export const telling: Readonly<Record<string, LooksRight>> = {
  email: looks('e-mail address'),
  memberEmail: looks('e-mail address'),
  mobilePhone: phone,
  memberMobilePhone: phone,
  fullName: looks('name'),
  memberFullName: looks('name'),
  standardStatus: words(readBy(readStandardStatus)),
  listingId: shaped(/^(?:[A-Z]{1,3}[- ]?)?9{7,10}$/),
  unparsedAddress: shaped(/^9{1,5} [A-Z]/),
  propertyType: words(readBy(readPropertyType)),
  coordinates: (_, inside) => inside.includes('coordinates'),
  media: looks('link'),
  publicRemarks: longText,
  leadStage: words(readBy(readLeadStage)),
  leadSource: words(readBy(readLeadSource)),
  scheduleType: words(readBy(readFrequency)),
  criteria: ({ types }, inside) => (types.document ?? 0) > 0 && inside.filter(savedSearchReads).length >= 2,
  status: words((word) => assignmentStatusOf(word) !== undefined),
  activityType: words((word) => activityTypeOf(word) !== undefined),
  at: isTime,
  sentAt: isTime,
};

/** A part of a name by which a field is recognised, if its values can be that. */
export const hints: Readonly<Record<string, readonly [RegExp, LooksRight]>> = {
  listPrice: [/price|ask|amount|^usd|precio|importe/, money],
  closePrice: [/sold|close/, money],
  closeDate: [/sold|close/, isTime],
  bedroomsTotal: [/^b(?:e?d|r)s?$|bed/, either(numbers(0, 30), text)],
  bathroomsTotalInteger: [
    /^ba?ths?$|^ba$|bath/,
    either(numbers(0, 30), text, ({ types }) => (types.document ?? 0) > 0),
  ],
  livingArea: [/sq|living|area|^sf$/, either(numbers(150, 50_000), text)],
  yearBuilt: [/^yr|year|built/, either(numbers(0, 20_000), text)],
  city: [/city|town|ciudad/, text],
  stateOrProvince: [/^st$|state|prov/, shaped(/^(?:[A-Z]{2}|Aa(?: Aa)?|[A-Z][a-z]+)$/)],
  postalCode: [/zip|post|^cp$|codpos/, either(numbers(500, 99_999), text)],
  listAgentKey: [/agent|^rep$|broker|realtor/, () => true],
  firstName: [/first|given|fore/, text],
  lastName: [/last|family|surname/, text],
  memberStateLicense: [/lic/, text],
  memberStatus: [/active|on_?duty|enabled|working/, () => true],
  roles: [/role|perm/, text],
  budget: [
    /budget|ceiling|afford|spend|max(?:imum)?(?:price)?$/,
    either(money, ({ types }) => (types.document ?? types.Decimal128 ?? 0) > 0),
  ],
  scheduleType: [/often|freq|cadence|schedule/, text],
  activeYN: [/active|live|enabled/, () => true],
  body: [/te?xt|note|body|msg|message|said|detail/, text],
  // The last ones, because other dates have names of their own.
  createdAt: [/add|creat|insert|made|enter|regist|join|listedon|born|^since/, isTime],
  updatedAt: [/upd|mod|chang|touch|edit|refresh|stamp|last/, isTime],
};
