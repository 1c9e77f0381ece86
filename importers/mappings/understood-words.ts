import { activityTypes, leadStages } from '../../domain/lead/index.ts';
import { valuesOf } from '../../domain/record-fields.ts';
import { propertySubTypes, propertyTypes, standardStatuses } from '../../domain/reso.ts';
import { criterionReaders, criterionSlots } from '../legacy/criteria/criterion-readers.ts';
import { isAreaUnit } from '../legacy/fields/numbers/area.ts';
import { readLeadStage } from '../legacy/fields/people/lead-words.ts';
import { knownRoles, readRoles } from '../legacy/fields/people/roles.ts';
import { readFrequency } from '../legacy/fields/times/frequency.ts';
import { readPropertyClass, readPropertyType } from '../legacy/fields/words/property-type.ts';
import { readStandardStatus } from '../legacy/fields/words/status.ts';
import { activityTypeOf, assignmentStatusOf } from '../legacy/lead-history.ts';
import { oneOf } from '../legacy/mapping.ts';
import { spelling } from '../legacy/reading.ts';
import type { RecordTypeName } from './record-types.ts';

/** A field that is a word of a fixed list: whether its reader understands a word, and words to choose from. */
type Listed = { readonly understands: (word: unknown) => boolean; readonly values: readonly string[] };

const listedIn = (understands: Listed['understands'], values: readonly string[]): Listed => ({ understands, values });

const listed: Readonly<Partial<Record<RecordTypeName, Readonly<Record<string, Listed>>>>> = {
  agents: { roles: listedIn((word) => readRoles(word).warning === undefined, knownRoles) },
  leads: { leadStage: listedIn((word) => readLeadStage(word).value !== undefined, leadStages) },
  listings: {
    standardStatus: listedIn((word) => readStandardStatus(word).value !== undefined, standardStatuses),
    propertyType: listedIn((word) => readPropertyClass(word).value !== undefined, propertyTypes),
    propertySubType: listedIn((word) => readPropertyType(word).value !== undefined, propertySubTypes),
  },
  savedSearches: {
    scheduleType: listedIn((word) => readFrequency(word).value !== undefined, ['instant', 'daily', 'weekly', 'never']),
    ...Object.fromEntries(
      criterionSlots.map((slot) => [
        slot,
        listedIn((word) => 'criteria' in criterionReaders[spelling(slot)]!(word), choicesOf(`criteria.${slot}`)),
      ]),
    ),
  },
  leadAssignments: {
    status: listedIn(
      (word) => assignmentStatusOf(word) !== undefined,
      ['offered', 'accepted', 'declined', 'expired', 'reassigned'],
    ),
  },
  activities: { activityType: listedIn((word) => activityTypeOf(word) !== undefined, activityTypes) },
};

const recordsOf: Readonly<Partial<Record<RecordTypeName, 'agent' | 'lead' | 'listing'>>> = {
  agents: 'agent',
  leads: 'lead',
  listings: 'listing',
};

/**
 * What can be done about a word that is not known, for any field that is one of a few; `undefined` for other fields and reasons.
 * @param word one such word, as the old CRM has it
 */
export const adviceOnWord = (
  type: RecordTypeName,
  { field, code, word }: { readonly field: string; readonly code: string; readonly word: string },
): string | undefined => {
  const known = wordsOfField(type, field);
  if (known.length === 0 || !/-unknown$|^status-unreadable$/.test(code)) return undefined;
  return `The mapping can say what such a word means, under ${type}, ${field}, words: \`${word}: ${known[0]}\`. It can be ${oneOf(known)}.`;
};

/** The words of a field that is one of a few; none for any other field. */
const wordsOfField = (type: RecordTypeName, slot: string): readonly string[] => {
  const record = recordsOf[type];
  return listed[type]?.[slot]?.values ?? (record === undefined ? [] : valuesOf(record, slot));
};

function choicesOf(criterion: string): readonly string[] {
  return valuesOf('savedSearch', criterion);
}

/** Fields that are read as a date or a time. */
export const dateSlots: ReadonlySet<string> = new Set([
  'closeDate',
  'onMarketDate',
  'createdAt',
  'updatedAt',
  'at',
  'sentAt',
  'lastSentTimestamp',
]);
const areas = new Set(['livingArea', 'lotSizeSquareFeet']);
const units = ['sq ft', 'acres', 'm²', 'hectares'].filter(isAreaUnit);

type Said = {
  readonly words?: readonly (readonly [word: string, meaning: unknown])[] | undefined;
  readonly unit?: unknown;
  readonly dateOrder?: unknown;
};
type FieldSaid = Said & { readonly from: readonly Said[]; readonly constant?: unknown };

export type WordProblem = { readonly path: readonly (string | number)[]; readonly message: string };

/**
 * What a mapping itself says for a field (a constant, the meaning of a word, a unit) and no reader understands: it
 * would be noticed only as a warning on every document.
 */
export const notUnderstoodIn = (type: RecordTypeName, slot: string, field: FieldSaid): WordProblem[] => {
  const of = listed[type]?.[slot];
  const problems: WordProblem[] = [];
  const check = (word: unknown, path: WordProblem['path']) => {
    if (of === undefined || word === null || word === '' || of.understands(word)) return;
    const values = of.values.filter(of.understands);
    const choice = values.length === 0 ? '' : `: it can be ${oneOf(values)}`;
    problems.push({ path, message: `openhouse does not know \`${String(word)}\` as a value of ${slot}${choice}` });
  };
  if (field.constant !== undefined) check(field.constant, ['constant']);
  for (const [path, { words = [], unit, dateOrder }] of [
    [[], field] as const,
    ...field.from.map((place, at) => [['from', at], place] as const),
  ]) {
    for (const [at, [, meaning]] of words.entries()) check(meaning, [...path, 'words', at, 1]);
    if (areas.has(slot) && typeof unit === 'string' && !isAreaUnit(unit))
      problems.push({
        path: [...path, 'unit'],
        message: `openhouse does not know \`${unit}\` as a unit of area: it can be ${oneOf(units)}`,
      });
    if (dateOrder !== undefined && !dateSlots.has(slot))
      problems.push({ path: [...path, 'dateOrder'], message: `\`${slot}\` is not a date` });
  }
  return problems;
};
