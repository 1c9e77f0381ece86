import type { Entry } from '../../source.ts';
import { isDocument } from '../reading.ts';

/** No real document has an address or an opt-out any deeper, or has more values. */
const maxDepth = 6;
const maxEntries = 5_000;

/** All values of a document, including those in embedded documents and lists. */
export const entriesOf = (document: Readonly<Record<string, unknown>>): readonly Entry[] => {
  const entries: Entry[] = [];
  const walk = (parent: string, name: string, value: unknown, depth: number): void => {
    if (entries.length >= maxEntries || depth > maxDepth) return;
    if (Array.isArray(value)) {
      for (const part of value.slice(0, maxEntries)) walk(parent, name, part, depth + 1);
    } else if (isDocument(value) && !Object.keys(value).some((key) => key.startsWith('$'))) {
      for (const [key, part] of Object.entries(value)) walk(name, key, part, depth + 1);
    } else entries.push({ parent, name, value });
  };
  for (const [name, value] of Object.entries(document)) walk('', name, value, 0);
  return entries;
};
