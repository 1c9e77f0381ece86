import { jsonIn } from '../legacy/criteria/shapes/json-text.ts';
import type { LegacyDocument } from '../legacy/looked.ts';
import { isDocument } from '../legacy/reading.ts';

/**
 * Reads sub-documents that are kept as JSON text, as far as paths look into them: a copy of a document in which they are documents,
 * or the document itself if it has none there.
 */
export const openingJson = (paths: readonly string[]): ((document: LegacyDocument) => LegacyDocument) => {
  const inside = paths.filter((path) => path.includes('.')).map((path) => path.split('.'));
  return (document) => inside.reduce<unknown>((found, names) => opened(found, names), document) as LegacyDocument;
};

const opened = (found: unknown, names: readonly string[]): unknown => {
  const [first, ...rest] = names;
  if (first === undefined) return found;
  if (typeof found === 'string') {
    const json = jsonIn(found);
    return json === undefined ? found : opened(json, names);
  }
  if (Array.isArray(found)) {
    const only = /^\d{1,9}$/.test(first) ? Number(first) : undefined;
    const items = found.map((item, at) =>
      only === undefined ? opened(item, names) : at === only ? opened(item, rest) : item,
    );
    return items.every((item, at) => item === found[at]) ? found : items;
  }
  if (!isDocument(found)) return found;
  let document = found;
  // A name may contain dots.
  for (let to = 1; to <= names.length; to++) {
    const name = names.slice(0, to).join('.');
    if (!Object.hasOwn(document, name)) continue;
    const value = opened(document[name], names.slice(to));
    if (value !== document[name]) document = { ...document, [name]: value };
  }
  return document;
};
