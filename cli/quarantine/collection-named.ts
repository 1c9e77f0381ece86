import type { CompiledMapping } from '../../importers/mappings/compile.ts';
import { recordTypeNames, recordTypes } from '../../importers/mappings/record-types.ts';
import { typesNamed } from '../../importers/remap/types-named.ts';
import { usage } from '../arguments.ts';

/**
 * The collection of the ledger that a person means by a record type (`leads`), or by a collection as the old CRM or the ledger
 * calls it; `undefined` for `all`.
 * @throws UserError if nothing has that name, or several record types come from that collection
 */
export const collectionNamed = async (
  named: string | undefined,
  mapping: () => Promise<CompiledMapping>,
): Promise<string | undefined> => {
  if (named === undefined || named === 'all') return undefined;
  const alike = (name: string) => name.toLowerCase() === named.toLowerCase();
  const known = recordTypeNames.find((type) => alike(type) || alike(recordTypes[type].collection));
  if (known !== undefined) return recordTypes[known].collection;
  const types = typesNamed(await mapping(), named).map(({ type }) => type);
  if (types.length > 1) throw usage(`"${named}" has documents of several types: say which of ${types.join(', ')}`);
  return recordTypes[types[0]!].collection;
};
