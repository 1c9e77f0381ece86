import { shown } from '../legacy/mapping.ts';
import { isMissing } from '../legacy/reading.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { valueAt } from '../mappings/path.ts';
import { recordTypes } from '../mappings/record-types.ts';
import { isUnreadable } from '../source.ts';
import { documentOfRaw } from './raw-document.ts';

type InQuarantine = {
  readonly collection: string;
  /** Where the reason lies. */
  readonly path: string;
  /** The document (canonical Extended JSON); not `whole`: its beginning. */
  readonly raw: string;
  readonly whole: boolean;
  /** Its record was refused: then the path is not one of the document. */
  readonly refusedYN: boolean;
};

/** What a document in quarantine has where the reason lies, as a short text; `null` if there is nothing, or it cannot be found. */
export const valueAtFault = ({ path, raw, whole, refusedYN }: InQuarantine): string | null => {
  if (path === '' || !whole || refusedYN) return null;
  const found = documentOfRaw(raw, '');
  const value = isUnreadable(found) ? undefined : valueAt(found.document, path);
  return isMissing(value) ? null : shown(value);
};

/** The field that a mapping reads there: by it, the value is masked. */
export const fieldAtFault = (
  { collection, path }: Pick<InQuarantine, 'collection' | 'path'>,
  { types }: CompiledMapping,
): string => {
  const type = Object.values(types).find((mapped) => recordTypes[mapped.type].collection === collection);
  return type?.paths.get(path)?.[0] ?? path;
};
