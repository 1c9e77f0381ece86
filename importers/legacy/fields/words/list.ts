import { asList, type Reading, reader, unclear, understood } from '../../reading.ts';
import { readLine } from './text.ts';

/** `["Pool", "Waterfront"]` or `"pool, waterfront"`: each word once, in order. */
export const readWords = reader(50_000, (found): Reading<string[]> => {
  const parts = asList(found);
  if (parts === undefined) return unclear('not-a-list');
  const words = new Map<string, string>();
  let warning: string | undefined;
  for (const part of parts) {
    const word = readLine(part);
    warning ??= word.warning;
    if (word.value !== undefined && !words.has(word.value.toLowerCase())) {
      words.set(word.value.toLowerCase(), word.value);
    }
  }
  return words.size === 0 ? { ...(warning && { warning }) } : understood([...words.values()], warning);
});
