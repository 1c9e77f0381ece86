import { type Edit, isPlain, rawAt } from '../edits.ts';
import { formsOf } from '../forms/forms.ts';
import { inUse, single, type Ways } from './writing.ts';

const addressNames = { unit: 'unitNumber', city: 'city', state: 'stateOrProvince', zip: 'postalCode' } as const;

/** What is particular about homes, by the first field of the unit. */
export const waysOfHomes: Readonly<Record<string, Ways>> = {
  *standardStatus(writing) {
    const { standardStatus: wanted } = writing.wanted;
    const flags = writing.pathsOf('deleted');
    const flag = inUse(writing, 'deleted');
    const set = flags.filter((path) => rawAt(writing.document, path) !== undefined);
    const flagged = (value: boolean, paths: readonly string[]): Edit[] =>
      paths.map((path) => ({ path, value: formsOf(writing.bson, rawAt(writing.document, path), value, [])[0] }));
    if (wanted === 'Delete') {
      if (flag !== undefined) yield flagged(true, set.length > 0 ? set : [flag]);
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
    const places: Edit[] = (['city', 'stateOrProvince', 'postalCode'] as const).flatMap((slot) => {
      const path = inUse(writing, slot);
      return path === undefined ? [] : [{ path, value: wanted[slot] ?? null }];
    });
    const beside = places.filter((edit) => rawAt(writing.document, edit.path) !== undefined);
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
      if (places.length > beside.length) {
        yield [{ path, value: street }, ...places];
        yield [{ path, value: wanted.unparsedAddress ?? null }, ...places];
      }
    }
    if (parts.length > 0 || beside.length > 0) yield [...parts, ...beside];
    if (places.length > beside.length) yield [...parts, ...places];
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
};
