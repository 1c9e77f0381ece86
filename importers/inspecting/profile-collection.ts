import { isDocument } from '../legacy/reading.ts';
import { addValue, emptyProfile, type PathProfile } from './path-profile.ts';

/** What a collection contains, by dotted path; lists add no segment of their own. */
export type CollectionProfile = {
  readonly paths: ReadonlyMap<string, PathProfile>;
  /** Whether there were more paths than are counted. */
  readonly morePaths: () => boolean;
  add(document: Readonly<Record<string, unknown>>): void;
};

const maxPaths = 400;
const maxDepth = 6;
const maxItems = 50;

export const profileCollection = (): CollectionProfile => {
  const paths = new Map<string, PathProfile>();
  let more = false;
  const profileAt = (path: string): PathProfile | undefined => {
    let profile = paths.get(path);
    if (profile === undefined) {
      if (paths.size >= maxPaths) {
        more = true;
        return undefined;
      }
      profile = emptyProfile();
      paths.set(path, profile);
    }
    return profile;
  };
  const walk = (path: string, found: unknown, depth: number, seen: Set<PathProfile>): void => {
    const profile = profileAt(path);
    if (profile === undefined) return;
    if (!seen.has(profile)) {
      seen.add(profile);
      profile.documents++;
    }
    addValue(profile, found);
    if (depth >= maxDepth) return;
    if (Array.isArray(found)) {
      for (const item of found.slice(0, maxItems)) {
        if (isDocument(item)) members(`${path}.`, item, depth + 1, seen);
        else if (!Array.isArray(item)) addValue(profile, item);
      }
    } else if (isDocument(found) && !Object.keys(found).some((name) => name.startsWith('$'))) {
      members(`${path}.`, found, depth + 1, seen);
    }
  };
  const members = (
    prefix: string,
    document: Readonly<Record<string, unknown>>,
    depth: number,
    seen: Set<PathProfile>,
  ) => {
    for (const name of Object.keys(document)) {
      const value = document[name];
      if (value !== undefined && value !== null) walk(`${prefix}${shownName(name)}`, value, depth, seen);
    }
  };
  return {
    paths,
    morePaths: () => more,
    add: (document) => members('', document, 0, new Set()),
  };
};

/**
 * A collection that uses IDs or addresses as field names would have millions of paths, and such names may be personal.
 */
const shownName = (name: string): string =>
  name.length > 60 || /^[0-9a-f-]{16,}$|^\d+$|@/i.test(name) ? '*' : name.replace(/\p{Cc}/gu, ' ');
