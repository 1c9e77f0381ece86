import { criterionReaders, criterionSlots } from '../legacy/criteria/criterion-readers.ts';
import { isAreaUnit } from '../legacy/fields/numbers/area.ts';
import { readLeadStage } from '../legacy/fields/people/lead-words.ts';
import { readFrequency } from '../legacy/fields/times/frequency.ts';
import { readPropertyClass, readPropertyType } from '../legacy/fields/words/property-type.ts';
import { readStandardStatus } from '../legacy/fields/words/status.ts';
import { activityTypeOf, assignmentStatusOf } from '../legacy/lead-history.ts';
import { spelling } from '../legacy/reading.ts';
import type { RecordTypeName } from './record-types.ts';

type Understands = (word: unknown) => boolean;

/** The fields that are words of a fixed list, and the criteria of searches, and whether one of them is understood. */
const listed: Readonly<Partial<Record<RecordTypeName, Readonly<Record<string, Understands>>>>> = {
  leads: { leadStage: (word) => readLeadStage(word).value !== undefined },
  listings: {
    standardStatus: (word) => readStandardStatus(word).value !== undefined,
    propertyType: (word) => readPropertyClass(word).value !== undefined,
    propertySubType: (word) => readPropertyType(word).value !== undefined,
  },
  savedSearches: {
    scheduleType: (word) => readFrequency(word).value !== undefined,
    ...Object.fromEntries(
      criterionSlots.map((slot) => [slot, (word: unknown) => 'criteria' in criterionReaders[spelling(slot)]!(word)]),
    ),
  },
  leadAssignments: { status: (word) => assignmentStatusOf(word) !== undefined },
  activities: { activityType: (word) => activityTypeOf(word) !== undefined },
};
const areas = new Set(['livingArea', 'lotSizeSquareFeet']);

type Said = {
  readonly words?: readonly (readonly [word: string, meaning: unknown])[] | undefined;
  readonly unit?: unknown;
};
type FieldSaid = Said & { readonly from: readonly Said[]; readonly constant?: unknown };

export type WordProblem = { readonly path: readonly (string | number)[]; readonly message: string };

/**
 * What a mapping itself says for a field (a constant, the meaning of a word, a unit) and no reader understands: it
 * would be noticed only as a warning on every document.
 */
export const notUnderstoodIn = (type: RecordTypeName, slot: string, field: FieldSaid): WordProblem[] => {
  const understands = listed[type]?.[slot];
  const problems: WordProblem[] = [];
  const check = (word: unknown, path: WordProblem['path']) => {
    if (understands === undefined || word === null || word === '' || understands(word)) return;
    problems.push({ path, message: `openhouse does not know \`${String(word)}\` as a value of ${slot}` });
  };
  if (field.constant !== undefined) check(field.constant, ['constant']);
  for (const [path, { words = [], unit }] of [
    [[], field] as const,
    ...field.from.map((place, at) => [['from', at], place] as const),
  ]) {
    for (const [at, [, meaning]] of words.entries()) check(meaning, [...path, 'words', at, 1]);
    if (areas.has(slot) && typeof unit === 'string' && !isAreaUnit(unit))
      problems.push({ path: [...path, 'unit'], message: `openhouse does not know \`${unit}\` as a unit of area` });
  }
  return problems;
};
