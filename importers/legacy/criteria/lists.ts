import type { PropertySubType, StandardStatus } from '../../../domain/reso.ts';
import { readPropertyType } from '../fields/words/property-type.ts';
import { readStandardStatus } from '../fields/words/status.ts';
import { readAlternatives } from './alternatives.ts';
import type { CriterionReader } from './part.ts';

/** `"Condo"`, `["Condo", "TH"]`, …; "Multi" means any home for several families. */
export const readTypes: CriterionReader = (found) =>
  readAlternatives(found, subTypes, 'type-unknown', (types: readonly PropertySubType[]) => ({
    criteria: { propertySubTypes: [...new Set(types)] },
  }));

const subTypes = (found: unknown): readonly PropertySubType[] | undefined => {
  const kind = readPropertyType(found).value?.propertySubType;
  if (kind === undefined) return undefined;
  return kind === 'Multi Family' ? ['Multi Family', 'Duplex'] : [kind];
};

/** `"Active"`, `["Active", "Coming Soon"]` */
export const readStatuses: CriterionReader = (found) =>
  readAlternatives(found, statuses, 'criterion-unclear', (all: readonly StandardStatus[]) => ({
    criteria: { standardStatuses: [...new Set(all)] },
  }));

const statuses = (found: unknown): readonly StandardStatus[] | undefined => {
  const status = readStandardStatus(found).value;
  return status === undefined ? undefined : [status];
};

/**
 * `["pool", "waterfront"]`, `"pool, waterfront"`: the home must have one of them. A text without separators is one
 * phrase.
 */
export const readKeywords: CriterionReader = (found) =>
  readAlternatives(found, keyword, 'criterion-unclear', (words: readonly string[]) => ({
    criteria: { keywords: [...new Set(words)] },
  }));

/** An excluded word or a pattern is not a keyword. */
const keyword = (found: unknown): readonly string[] | undefined => {
  const text = typeof found === 'number' ? String(found) : found;
  if (typeof text !== 'string' || text.length > 300) return undefined;
  if (
    !/[\p{L}\p{N}]/u.test(text) ||
    /^[-!]|[*?^$\\|]|^(?:not|without|except|exclude|excluding)\s|\sand\s|\s[-!]\S/i.test(text)
  ) {
    return undefined;
  }
  return [text.replace(/\s+/g, ' ')];
};
