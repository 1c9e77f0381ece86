import { type Edit, isPlain, rawAt } from '../edits.ts';
import { feeForms, frequencyForms } from '../forms/fees.ts';
import { formsOf } from '../forms/forms.ts';
import { address } from './addresses.ts';
import { position } from './positions.ts';
import { has, inUse, single, type Ways, type Writing } from './writing.ts';

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
  *associationFee(writing) {
    const { associationFee: fee = null, associationFeeFrequency: frequency = null } = writing.wanted;
    const [path, often] = [inUse(writing, 'associationFee'), inUse(writing, 'associationFeeFrequency')];
    if (path === undefined) return;
    const before = rawAt(writing.document, path);
    const isApart = often !== undefined && has(writing, often);
    const apart = (wanted: unknown): readonly (readonly Edit[])[] => {
      if (often === undefined) return [];
      const like = rawAt(writing.document, often);
      const spellings = wanted === null ? [] : writing.spellings('associationFeeFrequency', often, wanted);
      const forms = [
        ...(isApart ? frequencyForms(like, wanted) : []),
        ...formsOf(writing.bson, like, wanted, spellings),
      ];
      return forms.map((value) => [{ path: often, value }]);
    };
    for (const value of feeForms(writing.bson, before, { fee, frequency })) {
      if (!isApart) yield [{ path, value }];
      for (const edits of apart(frequency)) yield [{ path, value }, ...edits];
    }
    for (const value of feeForms(writing.bson, before, { fee, frequency: null }))
      for (const edits of apart(frequency)) yield [{ path, value }, ...edits];
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
    // `2/1`, `2F/1H`, `2 full, 1 half`
    if (typeof before === 'string' && /^\D*\d+(?![.,]\d)\D+\d+\D*$/.test(before)) {
      const counts = [full, half];
      yield [{ path, value: before.replace(/\d+/g, () => String(counts.shift())) }];
    }
    for (const value of formsOf(writing.bson, before, number, [])) yield [{ path, value }];
    if (typeof before === 'string') yield [{ path, value: `${Number(full ?? 0)}/${Number(half ?? 0)}` }];
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
  unparsedAddress: address,
  latitude: position,
  *media(writing) {
    const { media, photosCount } = writing.wanted as {
      media?: readonly { mediaURL: string; shortDescription?: string }[];
      photosCount?: number;
    };
    const path = inUse(writing, 'media');
    const before = path === undefined ? undefined : rawAt(writing.document, path);
    if (media === undefined || media === null) return yield* countOfPhotos(writing, path, photosCount);
    if (path === undefined) return;
    const like = Array.isArray(before) && before.length > 0 ? before : writing.example(path);
    const [first] = Array.isArray(like) ? (like as unknown[]) : [];
    const captioned = media.some(({ shortDescription }) => shortDescription !== undefined);
    if (!captioned && !isPlain(first)) yield [{ path, value: media.map(({ mediaURL }) => mediaURL) }];
    const names = isPlain(first) ? Object.keys(first) : [];
    const url = names.find((name) => /^(?:url|href|src|mediaurl)$/i.test(name)) ?? 'url';
    const caption = names.includes('ShortDescription') || url === 'MediaURL' ? 'ShortDescription' : 'caption';
    yield [
      {
        path,
        value: media.map(({ mediaURL, shortDescription }) => ({
          [url]: mediaURL,
          ...(shortDescription === undefined ? {} : { [caption]: shortDescription }),
        })),
      },
    ];
  },
};

/** Only the number of photos, where there is a field for that, or where the field of the photos has nothing else. */
function* countOfPhotos(
  writing: Writing,
  path: string | undefined,
  count: number | null | undefined,
): Generator<readonly Edit[], void, undefined> {
  const countAt = writing.pathsOf('photosCount').find((other) => other !== path && has(writing, other)) ?? path;
  if (countAt === undefined) return;
  const isList = path !== undefined && Array.isArray(rawAt(writing.document, path));
  if (isList && countAt === path) {
    // A list of photos is not replaced by their number: the old website shows what is in it.
    if (!count) yield [{ path, value: [] }];
    if (count === null || count === undefined) yield [{ path, value: null }];
    return;
  }
  const hasBoth = path !== undefined && countAt !== path && has(writing, path);
  const cleared: Edit[] = hasBoth ? [{ path, value: isList ? [] : null }] : [];
  for (const value of formsOf(writing.bson, rawAt(writing.document, countAt), count, []))
    yield [...cleared, { path: countAt, value }];
}
