import { collectionPlans } from '../collections.ts';
import type { CompiledMapping, MappedType } from '../mappings/compile.ts';
import { collectionAt } from '../mappings/filter.ts';
import { recordTypes } from '../mappings/record-types.ts';
import { type Change, correctedDocument } from '../staging/edits/changes.ts';
import { unreadFields } from '../staging/unread-fields.ts';
import type { Entry } from './entries.ts';

/** What a correction cannot do: nothing reads these of its paths. */
export type Unread = {
  readonly paths: readonly string[];
  /** The field of openhouse because of which the document is in quarantine, and the paths that feed it; `null` if there is none. */
  readonly fault: { readonly field: string; readonly from: readonly string[] } | null;
};

type Of = Pick<Entry, 'collection' | 'place'>;

/**
 * The paths of a correction that nothing reads in such a document; `null` if all are read.
 *
 * @param fault the path at fault, if the document is still in quarantine
 */
export const unreadIn = (
  { collection, place }: Of,
  changes: readonly Change[],
  { types }: CompiledMapping,
  fault: string | undefined,
): Unread | null => {
  const type = Object.values(types).find((mapped) => recordTypes[mapped.type].collection === collection);
  if (type === undefined) return null;
  const name = collectionAt(place, type.collections);
  const paths = name === undefined ? type.paths : type.pathsIn(name);
  const unread = changes
    .filter((change) => !isRead(change, collection, { type: type.type, paths }))
    .map(({ path }) => path);
  if (unread.length === 0) return null;
  const field = fault === undefined ? undefined : paths.get(fault)?.[0];
  return {
    paths: [...new Set(unread)],
    fault:
      field === undefined
        ? null
        : { field, from: [...paths].flatMap(([path, slots]) => (slots.includes(field) ? [path] : [])) },
  };
};

/** Whether anything would read a value at this path: as a part of it, the whole of it, or by its name. */
const isRead = (change: Change, collection: Of['collection'], type: Pick<MappedType, 'type' | 'paths'>): boolean => {
  const { path } = change;
  // The number of an item of a list does not matter.
  const names = path.split('.').filter((name) => !/^\d+$/.test(name));
  const inside = `${names.join('.')}.`;
  if (inside === '_id.' || [...type.paths.keys()].some((other) => `${other}.`.startsWith(inside))) return true;
  const readsByName = collection === 'alerts_sent' ? () => false : collectionPlans[collection].readsByName;
  const fields = unreadFields(type, readsByName);
  fields.add(correctedDocument({}, [{ path: names.join('.'), value: change.unset ? true : (change.value ?? true) }]));
  return Object.keys(fields.counts()).length === 0;
};
