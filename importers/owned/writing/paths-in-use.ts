import type { OwnedType } from '../../../domain/ownership/index.ts';
import { isMissing } from '../../legacy/reading.ts';
import type { MappedType } from '../../mappings/compile.ts';
import { isTaken } from '../../mappings/filter.ts';
import { valueAt } from '../../mappings/path.ts';
import type { Mongo } from '../../mongo/connect.ts';
import { type RawDocument, rawDocument } from './edits.ts';
import { unitsOfType } from './units.ts';

/** Where the newest documents of a type have something now; a mapping also names places that only old ones use. */
export type PathsInUse = {
  /** How many of them have something at a path that was looked at: of which there is a choice, of a range, of hours, or of a date. */
  readonly uses: (path: string) => number;
  /** What the newest one that has something there has, in its own BSON type. */
  readonly example: (path: string) => unknown;
};

/** How many documents are looked at: of each collection those with the highest `_id`s. */
const newest = 500;

/** What stands in every document, and openhouse does not write otherwise. */
export const dateSlots = ['createdAt', 'updatedAt'] as const;

/** What some have as one value and some as a sub-document: ranges, working hours, and the items of a list of photos. */
const shapedSlots = ['budget', 'priceRange', 'hours', 'media'] as const;

/** Looks at a type's newest documents, unless the mapping leaves no choice. */
export const pathsInUse = async (
  mongo: Mongo,
  aggregate: OwnedType,
  type: MappedType,
  pathsOf: (slot: string) => readonly string[],
): Promise<PathsInUse> => {
  const choices = unitsOfType[aggregate].map(({ slots }) => [...new Set(slots.flatMap(pathsOf))]);
  const paths = [
    ...new Set([...choices.filter((some) => some.length > 1), ...[...shapedSlots, ...dateSlots].map(pathsOf)].flat()),
  ];
  const seen = new Map<string, { count: number; readonly example: unknown }>();
  const see = (document: RawDocument) => {
    for (const path of paths) {
      const found = valueAt(document, path);
      if (isMissing(found)) continue;
      const known = seen.get(path);
      if (known === undefined) seen.set(path, { count: 1, example: found });
      else known.count++;
    }
  };
  for (const { name, where = [] } of paths.length === 0 ? [] : type.collections) {
    const roots = [...paths, ...where.map(([path]) => path)].map((path) => [path.split('.')[0]!, 1] as const);
    const cursor = mongo.db.collection(name).find(
      {},
      {
        raw: true,
        sort: { _id: -1 },
        limit: newest,
        batchSize: 100,
        projection: { ...Object.fromEntries(roots), _id: 1 },
        promoteBuffers: false,
      },
    );
    for await (const bytes of cursor as AsyncIterable<unknown>) {
      const document = rawDocument(mongo.bson, bytes as Uint8Array);
      if (isTaken(document, where)) see(document);
    }
  }
  return { uses: (path) => seen.get(path)?.count ?? 0, example: (path) => seen.get(path)?.example };
};
