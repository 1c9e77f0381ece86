import { exitCodes, userError } from '../../platform/errors.ts';
import { isSameNoun } from '../../platform/wording/same-noun.ts';
import type { CompiledMapping, MappedType } from '../mappings/compile.ts';
import { recordTypeNames, recordTypes } from '../mappings/record-types.ts';

/**
 * The record types that a name means: a type (`listings`, also `listing`), or a collection as the mapping or the ledger calls it; `all`
 * are all of them. What the old CRM sent (`alertsSent`) counts for good, so only what is in quarantine is read again.
 * @throws UserError if no type or collection has that name
 */
export const typesNamed = (mapping: CompiledMapping, named: string): readonly MappedType[] => {
  const types = recordTypeNames.flatMap((type) => mapping.types[type] ?? []);
  if (named === 'all') return types;
  const alike = (name: string) => name.toLowerCase() === named.toLowerCase();
  const found = types.filter(
    ({ type, collections }) =>
      alike(type) || alike(recordTypes[type].collection) || collections.some(({ name }) => alike(name)),
  );
  // A collection of that name may feed several types, but a type is called so only once.
  const one = found.find(({ type }) => alike(type));
  if (one !== undefined) return [one];
  if (found.length > 0) return found;
  const singular = types.find(({ type }) => isSameNoun(type, named));
  if (singular !== undefined) return [singular];
  throw userError(`the mapping ${mapping.name} has no record type or collection called "${named}"`, {
    code: 'remap-unknown',
    exitCode: exitCodes.usage,
    hint: `Name one of ${types.map(({ type }) => type).join(', ')}, a collection, or all.`,
  });
};
