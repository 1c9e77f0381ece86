import { criterionReaders } from '../../legacy/criteria/criterion-readers.ts';
import { readLeadSource, readLeadStage } from '../../legacy/fields/people/lead-words.ts';
import { stateCode } from '../../legacy/fields/places/state.ts';
import { readFrequency } from '../../legacy/fields/times/frequency.ts';
import { readPropertyType } from '../../legacy/fields/words/property-type.ts';
import { readStandardStatus } from '../../legacy/fields/words/status.ts';
import { activityTypeOf, assignmentStatusOf } from '../../legacy/lead-history.ts';
import { type Reading, spelling } from '../../legacy/reading.ts';
import { savedSearchReads } from '../../legacy/saved-searches.ts';
import { lookOf } from '../../masking/value-looks.ts';
import { type InspectedPath, numbersAt } from '../inspected-path.ts';
import { meaningOf } from './names/foreign-words.ts';

/** Whether what is at a path looks like what a field of openhouse holds. @param inside the names of what is in it */
type LooksRight = (path: InspectedPath, inside: readonly string[]) => boolean;

/**
 * Most values of a lookup are words that the field's reader knows, or words of another language for them. A single letter may
 * be the code of anything.
 */
const words =
  (slot: string, isRead: (word: string) => boolean): LooksRight =>
  ({ values = {} }) => {
    const all = Object.entries(values).filter(([value]) => value !== 'true' && value !== 'false');
    const total = all.reduce((sum, [, count]) => sum + count, 0);
    const right = all.filter(([value]) => isRead(value) || meaningOf(slot, value) !== undefined);
    const known = right.reduce((sum, [, count]) => sum + count, 0);
    return known > 0 && known >= 0.6 * total && (right.length > 1 || spelling(right[0]![0]).length > 1);
  };
const readBy =
  (read: (found: unknown) => Reading<unknown>) =>
  (word: string): boolean =>
    read(word).value !== undefined && read(word).warning === undefined;

/** A lower-case "in", "or", "me" or "de" is rather a word. */
const isState = (word: string): boolean =>
  stateCode(word) !== undefined && (word.trim().length > 2 || word === word.toUpperCase());

/** A property type that a saved search can have. */
export const isSubType = (word: string): boolean => 'criteria' in criterionReaders.propertysubtypes!(word);

/** Fields that are a word of a list: whether most values are words that their readers know. */
const lookups: Readonly<Record<string, LooksRight>> = {
  standardStatus: words('standardStatus', readBy(readStandardStatus)),
  propertyType: words('propertyType', readBy(readPropertyType)),
  stateOrProvince: words('stateOrProvince', isState),
  leadStage: words('leadStage', readBy(readLeadStage)),
  leadSource: words('leadSource', readBy(readLeadSource)),
  scheduleType: words('scheduleType', readBy(readFrequency)),
  status: words('status', (word) => assignmentStatusOf(word) !== undefined),
  activityType: words('activityType', (word) => activityTypeOf(word) !== undefined),
  memberStatus: words('memberStatus', (word) => /^(?:in)?active$/i.test(word)),
  activeYN: words('activeYN', (word) => /^(?:on|off|(?:in)?active|(?:en|dis)abled|paused)$/i.test(word)),
};

/**
 * Whether the values at a path are those of another field of the record type, whatever it is called: a `state` that is active or sold
 * is no state of the United States.
 */
export const isAnotherLookup = (slot: string, path: InspectedPath, slots: readonly string[]): boolean =>
  lookups[slot] !== undefined &&
  !lookups[slot](path, []) &&
  slots.some((other) => other !== slot && lookups[other]?.(path, []) === true);

const numbers =
  (least: number, most: number): LooksRight =>
  (path) => {
    const found = numbersAt(path);
    return found !== undefined && isBetween(found, least, most);
  };
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
  (path) =>
    lookAt(path) === look;

/** What most values look like; of lookups, whose values are known, only numbers with a unit. */
export const lookAt = ({ looksLike, values = {} }: InspectedPath): string | undefined => {
  if (looksLike !== undefined) return looksLike;
  const measured = Object.entries(values).flatMap(([value, count]) => {
    const look = lookOf(value);
    return isMeasured(look) ? [[look, count] as const] : [];
  });
  const all = Object.values(values).reduce((sum, count) => sum + count, 0);
  const [first] = measured;
  const found = measured.reduce((sum, [look, count]) => sum + (look === first?.[0] ? count : 0), 0);
  return found > all / 2 ? first?.[0] : undefined;
};

const isMeasured = (look: string | undefined) => /^(?:amount|number of .*|area)$/.test(look ?? '');
const either =
  (...all: readonly LooksRight[]): LooksRight =>
  (path, inside) =>
    all.some((one) => one(path, inside));

/** In a second, and in a millisecond. */
const seconds = [1, 1_000];
const isBetween = ({ min, max }: { readonly min: number; readonly max: number }, least: number, most: number) =>
  min >= least && max <= most;

/** Dates, texts that look like one, and seconds or milliseconds since 1970. */
export const isTime: LooksRight = either(
  ({ types }) => (types.date ?? 0) > 0,
  looks('date'),
  ({ numbers }) => numbers !== undefined && seconds.some((unit) => isBetween(numbers, 8e8 * unit, 4e9 * unit)),
);

const phone = either(looks('phone number'), numbers(2_000_000_000, 19_999_999_999));
const money: LooksRight = either(
  looks('amount'),
  numbers(1_000, 500_000_000),
  shaped(/^\$/),
  // `{ amount, currency }` is read as a whole.
  (_, inside) => inside.some(isCurrency) && inside.length <= 4,
);
/** Not a fee: enough digits for the price of a home. */
const homePrice: LooksRight = (path, inside) =>
  looks('amount')(path, inside) && shaped(/9{2,3}[.,'’ ]?999|9[.,]9+ ?[mM]/)(path, inside);
const text: LooksRight = ({ types }) => (types.text ?? 0) > 0;
/** Not "6 bedrooms", nor "450,000 USD". */
const plainText: LooksRight = (path, inside) => text(path, inside) && !isMeasured(lookAt(path));
const longText: LooksRight = ({ shapes = {} }) => Object.keys(shapes)[0]?.endsWith('…') === true;

/** By which a field is recognised whatever it is called; those that a record cannot do without come first. */
export const telling: Readonly<Record<string, LooksRight>> = {
  email: looks('e-mail address'),
  memberEmail: looks('e-mail address'),
  mobilePhone: phone,
  memberMobilePhone: phone,
  fullName: looks('name'),
  memberFullName: looks('name'),
  standardStatus: lookups.standardStatus!,
  listingId: shaped(/^(?:[A-Z]{1,3}[- ]?)?9{7,10}$/),
  listPrice: homePrice,
  unparsedAddress: (path, inside) => shaped(/^9{1,5} [A-Z]/)(path, inside) && !isMeasured(lookAt(path)),
  bedroomsTotal: looks('number of bedrooms'),
  bathroomsTotalInteger: looks('number of bathrooms'),
  livingArea: looks('area'),
  propertyType: lookups.propertyType!,
  stateOrProvince: lookups.stateOrProvince!,
  coordinates: (_, inside) => inside.includes('coordinates'),
  media: looks('link'),
  publicRemarks: longText,
  leadStage: lookups.leadStage!,
  leadSource: lookups.leadSource!,
  scheduleType: lookups.scheduleType!,
  criteria: ({ types }, inside) => (types.document ?? 0) > 0 && inside.filter(savedSearchReads).length >= 2,
  status: lookups.status!,
  activityType: lookups.activityType!,
  memberStatus: lookups.memberStatus!,
  activeYN: lookups.activeYN!,
  at: isTime,
  sentAt: isTime,
};

const agentNames = /agent|^rep$|broker|realtor|makler|betreuer|asesor/;
const agentLooks: LooksRight = (path, inside) => !isMeasured(lookAt(path)) && !isTime(path, inside);

/** `minPrice`, `budget_from`, `preisBis`: a name with one of these before or after the other. */
const sided = (side: string, of: string) => new RegExp(`^(?:${side})(?:the)?(?:${of})|(?:${of})(?:${side})$`);
const lower = 'min|minimum|from|low|lower|least|floor|von|ab|desde|minimo';
const upper = 'max|maximum|to|upto|high|upper|most|ceiling|bis|hasta|maximo';
const prices = 'price|budget|amount|preis|kaufpreis|precio|presupuesto|prix';
const rooms = 'beds?|bedrooms?|br|zimmer|schlafzimmer|recamaras|habitaciones|dormitorios';

/** A part of a name by which a field is recognised, if its values can be that. */
export const hints: Readonly<Record<string, readonly [RegExp, LooksRight]>> = {
  listPrice: [/price|ask|amount|^usd|precio|importe|preis|^prix/, money],
  closePrice: [/sold|close|erlos/, money],
  closeDate: [/sold|close|verkauftam|verkaufsdatum|beurkund/, isTime],
  onMarketDate: [
    /list(?:ed|ing)?(?:on|at|date|dt)$|^date(?:listed|of?listing)|marketdate|^since|publish|eingestellt|publica|fechaalta/,
    isTime,
  ],
  bedroomsTotal: [/^b(?:e?d|r)s?$|bed|sleep|schlaf|dorm|recam|habitac|chambre/, either(numbers(0, 30), text)],
  bathroomsTotalInteger: [
    /^(?!.*(?:full|half))(?:ba?ths?$|ba$|.*bath|bad|.*bader|.*bano)/,
    either(numbers(0, 30), text, ({ types }) => (types.document ?? 0) > 0),
  ],
  bathroomsFull: [/full.*bath|bath.*full/, numbers(0, 30)],
  bathroomsHalf: [/half.*bath|bath.*half/, numbers(0, 30)],
  livingArea: [/sq|living|area|^sf$|wohnfl|superficie|^qm|m2$/, either(numbers(20, 50_000), text)],
  associationFee: [/hausgeld|wohngeld|hoa|mantenim|comunidad/, either(numbers(1, 50_000), looks('amount'))],
  lotSizeSquareFeet: [/grundst|terreno|parcel|lotsize/, either(numbers(0, 1e9), looks('area'))],
  yearBuilt: [/^yr|year|built|baujahr|construc/, either(numbers(0, 20_000), text)],
  city: [/city|town|ciudad|^ort$|stadt|ville/, plainText],
  stateOrProvince: [/^st$|state|prov/, shaped(/^(?:[A-Z]{2}|Aa(?: Aa)?|[A-Z][a-z]+)$/)],
  postalCode: [/zip|post|^cp$|codpos|plz/, either(numbers(500, 99_999), plainText)],
  listAgentKey: [agentNames, agentLooks],
  ownerMemberKey: [agentNames, agentLooks],
  firstName: [/first|given|fore|vorname/, text],
  lastName: [/last|family|surname|nachname|apellido/, text],
  memberStateLicense: [/lic/, text],
  memberStatus: [/activ[eoa]|on_?duty|enabled|working|aktiv/, () => true],
  languages: [/lang|sprach|idioma/, text],
  memberLanguages: [/lang|sprach|idioma/, text],
  roles: [/role|perm|rolle|^rol(?:es)?$|funktion$|^cargo$|^puesto$/, text],
  listPriceMin: [sided(lower, prices), money],
  listPriceMax: [sided(upper, prices), money],
  bedroomsMin: [sided(lower, rooms), numbers(0, 30)],
  bedroomsMax: [sided(upper, rooms), numbers(0, 30)],
  propertySubTypes: [/art|typ|tipo|kind|categ|kateg/, words('propertySubTypes', isSubType)],
  cities: [/^(?:cit(?:y|ies)|towns?|orte?|stadt|staedte|ciudad(?:es)?)$/, text],
  budget: [
    /budget|ceiling|afford|spend|max(?:imum)?$|presupuesto/,
    either(money, ({ types }) => (types.document ?? types.Decimal128 ?? 0) > 0),
  ],
  scheduleType: [/often|freq|cadence|schedule/, text],
  activeYN: [/activ[eoa]|live|enabled|aktiv/, () => true],
  body: [/te?xt|note|body|msg|message|said|detail|remark|comment|coment|bemerk|notiz|inhalt|nachricht|mensaje/, text],
  // The last ones, because other dates have names of their own.
  createdAt: [/add|creat|insert|made|enter|regist|join|born|^since|angelegt|erstellt|erfasst|creado/, isTime],
  updatedAt: [/upd|mod|chang|touch|edit|refresh|stamp|last|gea?e?nder|actualiz|aktualis/, isTime],
};

/** Whether a field with this name says in which currency the amount beside it is. */
export const isCurrency = (name: string): boolean =>
  /^(?:price|list|sale)?(?:currency(?:code)?|curr|waehrung|wahrung|moneda|devise)$/.test(spelling(name));
