import type { InspectedCollection } from '../../inspect-collection.ts';
import { inCommon } from '../in-common.ts';

/**
 * Collections that are copies of others (`leads_backup`, `leads2`), by their names, each with the name of the one that it copies: most
 * `_id`s and most fields are the same. Of a collection and its copies, the one whose name does not say that it is a copy is the
 * original, then the one with the most documents.
 */
export const copiesIn = (collections: readonly InspectedCollection[]): ReadonlyMap<string, string> => {
  const filled = collections.filter(({ documents }) => documents > 0).toSorted(byOriginality);
  const copies = new Map<string, string>();
  for (const [at, one] of filled.entries()) {
    if (copies.has(one.name)) continue;
    for (const other of filled.slice(at + 1))
      if (!copies.has(other.name) && haveTheSame(one, other)) copies.set(other.name, one.name);
  }
  return copies;
};

const haveTheSame = (one: InspectedCollection, other: InspectedCollection): boolean =>
  (hasIdsOf(one, other) || hasIdsOf(other, one)) && inCommon(one, other) >= 0.5;

const hasIdsOf = ({ sameIds = [] }: InspectedCollection, { name }: InspectedCollection): boolean =>
  sameIds.some((same) => same.in === name);

const byOriginality = (one: InspectedCollection, other: InspectedCollection): number =>
  Number(saysCopy(one.name)) - Number(saysCopy(other.name)) ||
  other.documents - one.documents ||
  one.name.length - other.name.length ||
  (one.name < other.name ? -1 : 1);

const saysCopy = (name: string): boolean =>
  /(?:^|[^a-z])(?:back ?up|bak|bkp|old|alt|copy|copies|kopie|copia|sicherung|respaldo|tmp|temp|test|prev(?:ious)?|orig(?:inal)?|snapshot|restored?|migrated|dump)(?:$|[^a-z])|\d$/i.test(
    name.replace(/(?<=\p{Ll})(?=\p{Lu})/gu, '_'),
  );
