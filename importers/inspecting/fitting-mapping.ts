import type { CompiledMapping } from '../mappings/compile.ts';
import { defaultMapping, loadMapping, shippedMappings } from '../mappings/load-mapping.ts';
import { recordTypeNames } from '../mappings/record-types.ts';
import { isSourceError, isUnreadable, type Source, type SourceCollection } from '../source.ts';
import { profileCollection } from './profile-collection.ts';

/** Enough documents to see which names a collection has. */
const looksAt = 50;

/** Of the mappings that come with openhouse, the one most of whose paths the source has. */
export const fittingMapping = async (source: Source): Promise<CompiledMapping> => {
  const mappings = await Promise.all((await shippedMappings()).map((name) => loadMapping(name)));
  const known = mappings.flatMap(({ types }) => recordTypeNames.flatMap((type) => types[type]?.collections ?? []));
  const paths = new Map<string, ReadonlySet<string>>();
  for (const collection of source.collections) {
    if (known.some(({ name }) => name === collection.name)) paths.set(collection.name, await somePaths(collection));
  }
  const score = ({ types }: CompiledMapping) =>
    recordTypeNames.reduce((sum, type) => {
      const mapped = types[type];
      const there = mapped?.collections.flatMap(({ name }) => [...(paths.get(name) ?? [])]) ?? [];
      return sum + new Set(there.filter((path) => mapped?.paths.has(path))).size;
    }, 0);
  const best = mappings.map((mapping) => ({ mapping, score: score(mapping) })).sort((a, b) => b.score - a.score)[0]!;
  return best.score === 0 ? await loadMapping(defaultMapping) : best.mapping;
};

const somePaths = async (collection: SourceCollection): Promise<ReadonlySet<string>> => {
  const profile = profileCollection();
  let count = 0;
  try {
    for await (const found of collection.read()) {
      if (!isUnreadable(found)) profile.add(found.document);
      if (++count >= looksAt) break;
    }
  } catch (error) {
    // Reading it as a whole will report it.
    if (!isSourceError(error) && !(error instanceof RangeError)) throw error;
  }
  return new Set(profile.paths.keys());
};
