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

/**
 * Not a keyword: an excluded word, a pattern, several words that may all be required, or a wish in a sentence. Quotes
 * mark one phrase, which it is anyway.
 */
const keyword = (found: unknown): readonly string[] | undefined => {
  const text = typeof found === 'number' ? String(found) : found;
  if (typeof text !== 'string' || text.length > 300) return undefined;
  const phrase = text
    .replace(/^(["'“])(.*)["'”]$/, '$2')
    .replace(/\s+/g, ' ')
    .trim();
  return !/[\p{L}\p{N}]/u.test(phrase) || noKeyword.test(phrase) ? undefined : [phrase];
};

const noKeyword =
  /^[-!+~]|[*?^$\\|/&"“”:{}()[\]<>=]|^(?:not|without|except|exclude|excluding|avoid|anything|must|should|prefer|prefers|preferably|wants?|needs?|looking)\s|\s(?:and|not|but|without|except|plus)\s|n['’]t\s|\s[-!+]\s?\S/i;
