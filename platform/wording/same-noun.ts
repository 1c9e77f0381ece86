/** Whether two names are the same but for case, separators, and whether they mean one or several: `saved search` and `savedSearches`. */
export const isSameNoun = (one: string, other: string): boolean => bare(one) === bare(other);

const bare = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/ies$/, 'y')
    .replace(/(?<=s|x|ch|sh)es$|s$/, '');
