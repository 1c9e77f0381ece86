import type { Mongo } from '../../mongo/connect.ts';
import { type Edit, isPlain, type RawDocument, rawAt } from './edits.ts';
import { formsOf } from './forms.ts';
import { phoneForms } from './phone-forms.ts';
import type { Unit } from './units.ts';
import { within } from './within.ts';

/** What the ways of writing a unit have to work with. */
export type Writing = {
  readonly bson: Mongo['bson'];
  readonly document: RawDocument;
  /** The paths of a slot, in the order of preference; none if the mapping does not have it. */
  readonly pathsOf: (slot: string) => readonly string[];
  /** The wanted values by field; `undefined` or `null` for empty. */
  readonly wanted: Readonly<Record<string, unknown>>;
  /** Words that may mean this value at this path. */
  readonly spellings: (slot: string, path: string, value: unknown) => readonly unknown[];
  /** An agent, as documents refer to one. */
  readonly references: (memberKey: string) => readonly unknown[];
};

/** Edits that may make the document say what is wanted, the best first. Reading it again decides whether they do. */
export function* candidatesFor(unit: Unit, writing: Writing): Generator<readonly Edit[], void, undefined> {
  const special = specials[unit.fields[0]!];
  if (special !== undefined) yield* special(writing);
  const [field] = unit.fields;
  for (const slot of unit.slots) {
    if (field === undefined) return;
    yield* single(writing, slot, writing.wanted[slot] ?? writing.wanted[field]);
  }
}

/** The path that the document uses; otherwise the one of first preference. */
const inUse = ({ document, pathsOf }: Writing, slot: string): string | undefined =>
  pathsOf(slot).find((path) => (rawAt(document, path) ?? null) !== null) ?? pathsOf(slot)[0];

function* single(writing: Writing, slot: string, value: unknown): Generator<readonly Edit[], void, undefined> {
  const path = inUse(writing, slot);
  if (path === undefined) return;
  const before = rawAt(writing.document, path);
  const isEmpty = value === null || value === undefined;
  const spellings = isEmpty ? [] : writing.spellings(slot, path, value);
  if (!isEmpty && typeof value !== 'object')
    for (const form of within(before, (part) => formsOf(writing.bson, part, value, spellings)))
      yield [{ path, value: form }];
  for (const form of formsOf(writing.bson, before, value, spellings)) yield [{ path, value: form }];
  if (value !== null && value !== undefined) return;
  const others = writing.pathsOf(slot).filter((other) => rawAt(writing.document, other) !== undefined);
  yield others.map((other) => ({ path: other, value: null }));
}

type Special = (writing: Writing) => Generator<readonly Edit[], void, undefined>;

/** Both ends of a range: `{min, max}`, `"300000-450000"`, or two fields of their own. */
const range = (whole: string): Special =>
  function* (writing) {
    const { listPriceMin: min = null, listPriceMax: max = null } = writing.wanted;
    const path = inUse(writing, whole);
    const [low, high] = [inUse(writing, 'listPriceMin'), inUse(writing, 'listPriceMax')];
    const apart: Edit[] =
      low !== undefined && high !== undefined
        ? [
            { path: low, value: min },
            { path: high, value: max },
          ]
        : [];
    if (path !== undefined) {
      const before = rawAt(writing.document, path);
      const clear = before === undefined ? [] : [{ path, value: null }];
      if (typeof before === 'string' && min !== null && max !== null)
        yield [{ path, value: `${String(min)}-${String(max)}` }];
      if (isPlain(before)) yield [{ path, value: { ...before, min, max } }];
      if (apart.length > 0 && apart.some((edit) => rawAt(writing.document, edit.path) !== undefined))
        yield [...clear, ...apart];
      if (min !== null || max !== null)
        yield [{ path, value: { ...(min === null ? {} : { min }), ...(max === null ? {} : { max }) } }];
      yield [...clear, ...apart.filter((edit) => rawAt(writing.document, edit.path) !== undefined)];
    }
    if (apart.length > 0) yield apart;
  };

const reference = (field: string): Special =>
  function* (writing) {
    const wanted = writing.wanted[field];
    if (typeof wanted !== 'string') return;
    const paths = writing.pathsOf(field);
    const used = inUse(writing, field);
    for (const path of used === undefined ? [] : [used, ...paths.filter((other) => other !== used)]) {
      const before = rawAt(writing.document, path);
      const forms = writing.references(wanted);
      const sameType = forms.filter((form) => typeof form === typeof before);
      for (const value of [...(before === undefined || before === null ? [] : sameType), ...forms])
        yield [...(path === used || used === undefined ? [] : [{ path: used, value: null }]), { path, value }];
    }
  };

const areas: Special = function* (writing) {
  const { cities, postalCodes } = writing.wanted as Record<string, string[] | null | undefined>;
  const all = [...(cities ?? []), ...(postalCodes ?? [])];
  const path = inUse(writing, 'cities');
  if (path === undefined) return;
  if (typeof rawAt(writing.document, path) === 'string') yield [{ path, value: all.join(', ') }];
  yield [{ path, value: all }];
  const others = writing
    .pathsOf('cities')
    .filter((other) => other !== path && rawAt(writing.document, other) !== undefined);
  yield [{ path, value: all }, ...others.map((other) => ({ path: other, value: null }))];
};

const person = (full: string, parts: (wanted: Writing['wanted']) => readonly [unknown, unknown]): Special =>
  function* (writing) {
    const [first, last] = parts(writing.wanted);
    const name = [first, last].filter((part) => typeof part === 'string').join(' ');
    const whole = inUse(writing, full);
    const [firstAt, lastAt] = [inUse(writing, 'firstName'), inUse(writing, 'lastName')];
    const both = firstAt !== undefined && lastAt !== undefined;
    const apart: Edit[] = both
      ? [
          { path: firstAt, value: first ?? null },
          { path: lastAt, value: last ?? null },
        ]
      : [];
    const hasParts = apart.some(({ path }) => (rawAt(writing.document, path) ?? null) !== null);
    if (hasParts) yield apart;
    if (whole !== undefined) {
      const before = rawAt(writing.document, whole);
      if (isPlain(before)) yield [{ path: whole, value: { ...before, first: first ?? null, last: last ?? null } }];
      if (typeof before === 'string' && before.includes(','))
        yield [{ path: whole, value: `${String(last)}, ${String(first)}` }];
      yield [{ path: whole, value: name }];
      yield [...apart.map(({ path }) => ({ path, value: null })), { path: whole, value: name }];
    }
    if (both) yield apart;
  };

/** `Ana María Cruz`: the last word is the last name, for a start. */
const partsOfName = (name: unknown): readonly [unknown, unknown] => {
  const at = String(name ?? '').lastIndexOf(' ');
  return at < 0 ? [name, null] : [String(name).slice(0, at), String(name).slice(at + 1)];
};

const addressNames = { unit: 'unitNumber', city: 'city', state: 'stateOrProvince', zip: 'postalCode' } as const;

const specials: Readonly<Record<string, Special>> = {
  *standardStatus(writing) {
    const { standardStatus: wanted } = writing.wanted;
    const flags = writing.pathsOf('deleted');
    const set = flags.filter((path) => rawAt(writing.document, path) !== undefined);
    const flagged = (value: boolean, paths: readonly string[]): Edit[] =>
      paths.map((path) => ({ path, value: formsOf(writing.bson, rawAt(writing.document, path), value, [])[0] }));
    if (wanted === 'Delete') {
      if (flags.length > 0) yield flagged(true, set.length > 0 ? set : flags.slice(0, 1));
      return;
    }
    for (const edits of single(writing, 'standardStatus', wanted)) {
      yield edits;
      if (set.length > 0) yield [...edits, ...flagged(false, set)];
    }
    if (set.length > 0) yield flagged(false, set);
  },
  *bathroomsTotalInteger(writing) {
    const { bathroomsFull: full = null, bathroomsHalf: half = null, bathroomsTotalInteger: total } = writing.wanted;
    const [fullAt, halfAt] = [inUse(writing, 'bathroomsFull'), inUse(writing, 'bathroomsHalf')];
    if (fullAt !== undefined && halfAt !== undefined)
      yield [
        { path: fullAt, value: full },
        { path: halfAt, value: half },
      ];
    const path = inUse(writing, 'bathroomsTotalInteger');
    if (path === undefined) return;
    const before = rawAt(writing.document, path);
    const number = Number(full ?? total ?? 0) + 0.5 * Number(half ?? 0);
    if (isPlain(before)) yield [{ path, value: { full, half } }];
    if (typeof before === 'string' && before.includes('/')) yield [{ path, value: `${String(full)}/${String(half)}` }];
    for (const value of formsOf(writing.bson, before, number, [])) yield [{ path, value }];
    yield [{ path, value: { full, half } }];
  },
  *propertyType(writing) {
    const { propertyType: type, propertySubType: subType } = writing.wanted;
    const [path, subPath] = [inUse(writing, 'propertyType'), inUse(writing, 'propertySubType')];
    if (path !== undefined && subPath !== undefined && path !== subPath)
      yield [
        { path, value: type ?? null },
        { path: subPath, value: subType ?? null },
      ];
    if (path === undefined) return;
    for (const value of [...writing.spellings('propertyType', path, type), subType ?? null, type ?? null])
      yield [{ path, value }];
  },
  *lotSizeSquareFeet(writing) {
    yield* single(writing, 'lotSizeSquareFeet', writing.wanted.lotSizeSquareFeet);
    const [path, unit] = [inUse(writing, 'lotSizeSquareFeet'), inUse(writing, 'lotSizeUnits')];
    if (path !== undefined && unit !== undefined)
      yield [
        { path, value: writing.wanted.lotSizeSquareFeet },
        { path: unit, value: 'sqft' },
      ];
    if (path !== undefined) yield [{ path, value: `${String(writing.wanted.lotSizeSquareFeet)} sqft` }];
  },
  *unparsedAddress(writing) {
    const { wanted } = writing;
    const beside: Edit[] = (['city', 'stateOrProvince', 'postalCode'] as const).flatMap((slot) => {
      const path = inUse(writing, slot);
      return path === undefined || rawAt(writing.document, path) === undefined
        ? []
        : [{ path, value: wanted[slot] ?? null }];
    });
    const parts: Edit[] = (['streetNumber', 'streetName', 'unitNumber'] as const).flatMap((slot) => {
      const path = inUse(writing, slot);
      return path === undefined ? [] : [{ path, value: wanted[slot] ?? null }];
    });
    const path = inUse(writing, 'unparsedAddress');
    const street = [wanted.streetNumber, wanted.streetName].filter((part) => typeof part === 'string').join(' ');
    if (path !== undefined) {
      const before = rawAt(writing.document, path);
      if (isPlain(before)) {
        const line = 'line1' in before ? 'line1' : 'street';
        const inner = Object.fromEntries(
          Object.entries(addressNames).flatMap(([name, field]) =>
            name in before || wanted[field] ? [[name, wanted[field] ?? null]] : [],
          ),
        );
        yield [{ path, value: { ...before, [line]: street, ...inner } }, ...beside];
      }
      yield [{ path, value: wanted.unparsedAddress ?? null }, ...beside];
      yield [{ path, value: street }, ...beside];
      if (parts.length > 0) yield [{ path, value: wanted.unparsedAddress ?? null }, ...parts, ...beside];
    }
    if (parts.length > 0 || beside.length > 0) yield [...parts, ...beside];
  },
  *latitude(writing) {
    const { latitude: lat = null, longitude: lng = null } = writing.wanted;
    const [latAt, lngAt] = [inUse(writing, 'latitude'), inUse(writing, 'longitude')];
    const path = inUse(writing, 'coordinates');
    const before = path === undefined ? undefined : rawAt(writing.document, path);
    if (path !== undefined && lat !== null && before !== null && before !== undefined) {
      if (Array.isArray(before)) yield [{ path, value: [lng, lat] }];
      if (isPlain(before) && 'lat' in before) yield [{ path, value: { ...before, lat, lng } }];
    }
    if (latAt !== undefined && lngAt !== undefined)
      yield [
        { path: latAt, value: lat },
        { path: lngAt, value: lng },
      ];
    if (path !== undefined) yield [{ path, value: lat === null ? null : { type: 'Point', coordinates: [lng, lat] } }];
  },
  *media(writing) {
    const { media, photosCount } = writing.wanted as {
      media?: readonly { mediaURL: string; shortDescription?: string }[];
      photosCount?: number;
    };
    const path = inUse(writing, 'media');
    if (path === undefined) return;
    if (media === undefined || media === null) return yield [{ path, value: photosCount ?? null }];
    const before = rawAt(writing.document, path);
    const reso = Array.isArray(before) && isPlain(before[0]) && 'MediaURL' in before[0];
    const captioned = media.some(({ shortDescription }) => shortDescription !== undefined);
    if (!captioned && !(Array.isArray(before) && isPlain(before[0])))
      yield [{ path, value: media.map(({ mediaURL }) => mediaURL) }];
    yield [
      {
        path,
        value: media.map(({ mediaURL, shortDescription }) => {
          if (reso)
            return {
              MediaURL: mediaURL,
              ...(shortDescription === undefined ? {} : { ShortDescription: shortDescription }),
            };
          return { url: mediaURL, ...(shortDescription === undefined ? {} : { caption: shortDescription }) };
        }),
      },
    ];
  },
  *memberStatus(writing) {
    const path = inUse(writing, 'memberStatus');
    const before = path === undefined ? undefined : rawAt(writing.document, path);
    if (path === undefined) return;
    for (const value of formsOf(writing.bson, before, writing.wanted.memberStatus === 'Active', []))
      yield [{ path, value }];
  },
  listAgentKey: reference('listAgentKey'),
  ownerMemberKey: reference('ownerMemberKey'),
  *email(writing) {
    const { email, otherEmails } = writing.wanted as { email?: string; otherEmails?: readonly string[] };
    const all = [email, ...(otherEmails ?? [])].filter((one) => typeof one === 'string');
    const path = inUse(writing, 'email');
    if (path === undefined) return;
    const others = writing
      .pathsOf('email')
      .filter((other) => other !== path && rawAt(writing.document, other) !== undefined);
    const clear = others.map((other) => ({ path: other, value: null }));
    if (typeof email === 'string')
      for (const value of within(rawAt(writing.document, path), () => [email])) yield [{ path, value }];
    if (Array.isArray(rawAt(writing.document, path))) yield [{ path, value: all }, ...clear];
    if (all.length <= 1) {
      yield [{ path, value: email ?? null }];
      yield [{ path, value: email ?? null }, ...clear];
    }
    yield [{ path, value: all.join('; ') }, ...clear];
  },
  *mobilePhone(writing) {
    const { mobilePhone: number, mobilePhoneExt: ext } = writing.wanted as Record<string, string | null | undefined>;
    const path = inUse(writing, 'mobilePhone');
    if (path === undefined) return;
    const clear = writing
      .pathsOf('mobilePhone')
      .flatMap((other) =>
        other === path || rawAt(writing.document, other) === undefined ? [] : [{ path: other, value: null }],
      );
    const before = rawAt(writing.document, path);
    const forms = (part: unknown) => phoneForms(writing.bson, part, number, ext);
    for (const value of [...within(before, forms), ...forms(before)]) {
      yield [{ path, value }];
      yield [{ path, value }, ...clear];
    }
  },
  firstName: person('fullName', ({ firstName, lastName }) => [firstName, lastName]),
  memberFullName: person('memberFullName', ({ memberFullName }) => partsOfName(memberFullName)),
  cities: areas,
  *listPriceMin(writing) {
    yield* range(writing.pathsOf('priceRange').length > 0 ? 'priceRange' : 'budget')(writing);
  },
  *emailOptOut(writing) {
    const known = ['emailOptOut', 'unsubscribed', 'optOut', 'optedOut', 'doNotEmail'];
    const paths = [
      ...writing.pathsOf('emailOptOut'),
      ...known.filter((name) => rawAt(writing.document, name) !== undefined),
    ];
    const value = writing.wanted.emailOptOut === true;
    if (!value)
      yield paths.map((path) => ({ path, value: formsOf(writing.bson, rawAt(writing.document, path), false, [])[0] }));
    const path = paths[0] ?? 'emailOptOut';
    for (const form of formsOf(writing.bson, rawAt(writing.document, path), value, [])) yield [{ path, value: form }];
  },
};
