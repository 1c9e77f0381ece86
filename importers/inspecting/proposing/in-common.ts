import { spelling } from '../../legacy/reading.ts';
import { type InspectedCollection, isBookkeeping } from '../inspect-collection.ts';

/** The share of the names of the usual fields of the smaller one that the other has too. */
export const inCommon = (one: InspectedCollection, other: InspectedCollection): number => {
  const [a, b] = [usualNames(one), usualNames(other)];
  const both = [...a].filter((name) => b.has(name)).length;
  return both / Math.max(1, Math.min(a.size, b.size));
};

const usualNames = ({ paths, documents, where }: InspectedCollection): Set<string> =>
  new Set(
    paths.flatMap(({ path, documents: having }) =>
      isBookkeeping(path) || path === where?.path || having < documents / 2 ? [] : [spelling(path)],
    ),
  );
