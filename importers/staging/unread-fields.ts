import { jsonIn } from '../legacy/criteria/shapes/json-text.ts';
import { isDocument, isMissing } from '../legacy/reading.ts';
import type { MappedType } from '../mappings/compile.ts';
import { nameTable } from '../raw/name-table.ts';
import { bsonTypes, outlineOf, stride } from '../raw/outline.ts';
import { valueInBson } from '../raw/raw-id.ts';

/** How many documents have each field that nothing reads, by the field's path. */
export type UnreadFields = Readonly<Record<string, number>>;

/** The most paths to count per collection: a collection that uses IDs as names would have millions. */
const maxPaths = 200;
/** The most items of a list to look into. */
const maxItems = 20;

/** Mongo's and Mongoose's bookkeeping. */
const bookkeeping = new Set(['_id', '__v']);

/**
 * Counts the fields of documents that nothing reads, except empty ones. If a mapping reads some parts of a sub-document
 * (`address.city`), its other parts are counted by their paths.
 */
export const unreadFields = (
  { paths, type }: Pick<MappedType, 'paths' | 'type'>,
  readsByName: (parent: string, name: string) => boolean,
) => {
  const counts = new Map<string, number>();
  const read = new Map<string, 'read' | 'inside' | 'unread'>();
  for (const path of paths.keys()) {
    const names = path.split('.').filter((name) => !/^\d+$/.test(name));
    names.forEach((_, index) => {
      const prefix = names.slice(0, index + 1).join('.');
      if (index === names.length - 1) read.set(prefix, 'read');
      else if (!read.has(prefix)) read.set(prefix, 'inside');
    });
  }
  const known = read.size + 10 * maxPaths;
  const howRead = (path: string, parent: string, name: string) => {
    let how = read.get(path);
    if (how === undefined) {
      how = (parent === '' && bookkeeping.has(name)) || readsByName(parent, name) ? 'read' : 'unread';
      if (read.size < known) read.set(path, how);
    }
    return how;
  };
  const walk = (document: Readonly<Record<string, unknown>>, prefix: string, parent: string, seen: Set<string>) => {
    for (const name of Object.keys(document)) {
      const found = document[name];
      if (isMissing(found)) continue;
      const path = `${prefix}${name}`;
      const how = howRead(path, parent, name);
      if (how === 'read') continue;
      // A mapping of saved searches looks into JSON text too.
      const json =
        how === 'inside' && type === 'savedSearches' && typeof found === 'string' ? jsonIn(found) : undefined;
      const parts = json ?? found;
      const inner =
        how === 'inside' ? (Array.isArray(parts) ? parts.slice(0, maxItems) : [parts]).filter(isDocument) : [];
      if (inner.length > 0) for (const item of inner) walk(item, `${path}.`, name, seen);
      else seen.add(path);
    }
  };
  const count = (path: string, documents: number) => {
    const before = counts.get(path) ?? 0;
    if (before > 0 || counts.size < maxPaths) counts.set(path, before + documents);
  };
  const countAll = (seen: Iterable<string>, also: Map<string, number> | undefined) => {
    for (const path of seen) {
      count(path, 1);
      if (also !== undefined && (also.has(path) || also.size < maxPaths)) also.set(path, (also.get(path) ?? 0) + 1);
    }
  };
  const names = nameTable((name) => ({ name, how: howRead(name, '', name), seenIn: 0 }), known);
  let documents = 0;
  return {
    /**
     * The same as `add` for a document that is not read.
     * @returns whether that is possible; otherwise nothing is counted
     */
    addBson(bytes: Buffer, also?: Map<string, number>): boolean {
      const outline = outlineOf(bytes);
      if (outline === undefined) return false;
      documents++;
      const { at } = outline;
      const seen = new Set<string>();
      for (let slot = 0; slot < outline.count * stride; slot += stride) {
        const entry = names.at(bytes, at[slot + 1]!, at[slot + 2]!);
        if (entry.how === 'read') continue;
        if (entry.seenIn === documents) return false; // only the last one of a name counts
        entry.seenIn = documents;
        const [type, start, end] = [at[slot]!, at[slot + 3]!, at[slot + 4]!];
        if (isMissingInBson(bytes, type, start, end)) continue;
        if (entry.how === 'unread') seen.add(entry.name);
        else walk({ [entry.name]: valueInBson(bytes, type, start, end) }, '', '', seen);
      }
      countAll(seen, also);
      return true;
    },
    /** @param also where to count them, too */
    add(document: Readonly<Record<string, unknown>>, also?: Map<string, number>): void {
      const seen = new Set<string>();
      walk(document, '', '', seen);
      countAll(seen, also);
    },
    /** Adds what was counted before. */
    addCounts(counted: UnreadFields): void {
      for (const [path, documents] of Object.entries(counted)) count(path, documents);
    },
    counts: (): UnreadFields =>
      Object.fromEntries([...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))),
  };
};

/** As `isMissing` says of the value when it is read. */
const isMissingInBson = (bytes: Buffer, type: number, start: number, end: number): boolean => {
  if (type === bsonTypes.null || type === bsonTypes.undefined) return true;
  if (type !== bsonTypes.string && type !== bsonTypes.symbol) return false;
  const first = bytes[start + 4]!;
  return (first <= 0x20 || first >= 0x7f) && isMissing(bytes.toString('utf8', start + 4, end - 1));
};
