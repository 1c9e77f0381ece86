import type { Entry } from '../../source.ts';
import { isDocument } from '../reading.ts';

/** Deeper, and with more values than this, nobody keeps an address or an opt-out. */
const maxDepth = 6;
const maxEntries = 5_000;

/** The values of a document, in embedded documents and lists as well. */
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
