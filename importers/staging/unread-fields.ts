import { isMissing } from '../legacy/reading.ts';

/** How many documents have each field that no mapping reads, by the field's name. */
export type UnreadFields = Readonly<Record<string, number>>;

/** The most names to count per collection: a collection that uses IDs as names would have millions. */
const maxNames = 200;

/** Counts the fields of documents that are not read, except empty ones. */
export const unreadFields = (reads: (name: string) => boolean) => {
  const counts = new Map<string, number>();
  const known = new Map<string, boolean>();
  const isRead = (name: string) => {
    let read = known.get(name);
    if (read === undefined) {
      read = reads(name);
      if (known.size < 10 * maxNames) known.set(name, read);
    }
    return read;
  };
  return {
    add(document: Readonly<Record<string, unknown>>): void {
      for (const name of Object.keys(document)) {
        if (isRead(name) || isMissing(document[name])) continue;
        const count = counts.get(name) ?? 0;
        if (count > 0 || counts.size < maxNames) counts.set(name, count + 1);
      }
    },
    counts: (): UnreadFields =>
      Object.fromEntries([...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))),
  };
};
