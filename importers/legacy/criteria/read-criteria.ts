import type { Criteria } from '../../../domain/saved-search/index.ts';
import { plainValue } from '../plain-value.ts';
import { entryOf, isDocument, isEmpty, isMissing, spelling } from '../reading.ts';
import { both, oneOf } from './combine.ts';
import { criterionReaders, type criterionSlots, isNeutral } from './criterion-readers.ts';
import { notUnderstood, type Part, saysAny } from './part.ts';
import { conditionsIn } from './shapes/conditions.ts';
import { jsonIn } from './shapes/json-text.ts';
import { queryStringIn } from './shapes/query-string.ts';

/** A note on an entry of a query: its name there, a code and the value found. */
export type CriteriaNote = { readonly criterion: string; readonly code: string; readonly found: unknown };

/**
 * What a query asks for. `problems` are the entries that were not understood completely: while there are any,
 * `criteria` are wider than what was asked for, and nothing may be sent. `corrections` are entries that were understood
 * by a named rule.
 */
export type CriteriaReading = {
  readonly criteria: Criteria;
  readonly problems: readonly CriteriaNote[];
  readonly corrections: readonly CriteriaNote[];
};

/** A criterion for which the mapping says where it is: its path there, and the value found. */
export type MappedCriterion = {
  readonly slot: (typeof criterionSlots)[number];
  readonly path: string;
  readonly value: unknown;
};

/**
 * Reads the criteria for which the mapping says where they are, together with the rest of the query. All must hold, and so must the
 * mapping's constants, which ask for nothing by themselves.
 *
 * @returns `undefined` when neither the criteria nor the query says anything
 */
export const readAllCriteria = (
  query: unknown,
  mapped: readonly MappedCriterion[],
  constants: readonly MappedCriterion[],
): CriteriaReading | undefined => {
  const said = mapped
    .map((one) => ({ ...one, value: withoutJson(plainValue(one.value)) }))
    .filter(({ value }) => !isEmpty(value));
  const rest = readCriteria(query);
  if (said.length === 0 && rest === undefined) return undefined;
  const entries = [...said, ...constants].map(
    ({ slot, path, value }) => [path, value, criterionReaders[spelling(slot)]!(value)] as const,
  );
  return joined(entries, rest);
};

/**
 * Reads a query: an object, possibly with Mongo's operators (`{ price: { $lte: 500000 } }`, `$and`, `$or`), a list of conditions
 * (see conditions.ts), or either as JSON text; or the query string of a web page. All entries must hold. An entry is either understood
 * completely or a problem; "Any" and empty values are no limit.
 *
 * @returns `undefined` when the query is empty
 */
export const readCriteria = (found: unknown): CriteriaReading | undefined => {
  if (isMissing(found)) return undefined;
  const query = plainValue(typeof found === 'string' ? jsonIn(found) : found);
  const other = otherShapeIn(found, query);
  const entries = isDocument(query) ? entriesIn(query) : other;
  if (entries === undefined || onlySorts(other ?? [])) {
    if (saysAny(found)) return { criteria: {}, problems: [], corrections: [] };
    return Array.isArray(query) && isEmpty(query)
      ? undefined
      : { criteria: {}, problems: [{ criterion: 'query', code: 'query-unreadable', found }], corrections: [] };
  }
  if (asksNothing(entries)) return undefined;
  return readQuery(entries, 0);
};

/**
 * Whether a query is in another shape than the old CRM's own: a list of conditions or a query string. What stands beside these belongs
 * to a form that is not known.
 */
export const isOtherShape = (found: unknown): boolean =>
  otherShapeIn(found, plainValue(typeof found === 'string' ? jsonIn(found) : found)) !== undefined;

const otherShapeIn = (found: unknown, query: unknown): Entries | undefined => {
  if (Array.isArray(query)) return conditionsIn(query);
  const entries = typeof found === 'string' && query === undefined ? queryStringIn(found) : undefined;
  return entries && entriesIn(plainValue(entries) as typeof entries);
};

/** Such a query asks for all homes only if it says so: what sorts or pages a result was left without what it asked for. */
const onlySorts = (entries: Entries): boolean =>
  !asksNothing(entries) && entries.every(([name, value]) => saysNothing(name, value) || isNeutral(name, value));

type Entries = readonly (readonly [criterion: string, value: unknown])[];

const entriesIn = (query: Readonly<Record<string, unknown>>): Entries =>
  Object.entries(query).map(([name, value]) => [name, withoutJson(value)]);

/** A value that may be kept as JSON text. */
const withoutJson = (found: unknown): unknown => {
  const json = typeof found === 'string' ? jsonIn(found) : undefined;
  return json === undefined ? found : plainValue(json);
};

/** An operator with an empty list is not an empty form: `{ $or: [] }` matches no home. */
const saysNothing = (name: string, value: unknown): boolean =>
  name.startsWith('$') ? isMissing(value) : isEmpty(value);

/** Whether nothing was chosen in any entry. "Any" is a choice. */
const asksNothing = (entries: Entries): boolean =>
  entries.every(
    ([name, value]) =>
      saysNothing(name, value) ||
      (name === '$and' &&
        Array.isArray(value) &&
        value.length > 0 &&
        value.every((part) => isDocument(part) && asksNothing(entriesIn(part)))),
  );

/** Deeper than any real query. */
const maxDepth = 10;

const readQuery = (entries: Entries, depth: number): CriteriaReading =>
  joined(
    entries.flatMap(([criterion, value]) =>
      saysNothing(criterion, value) || isNeutral(criterion, value)
        ? []
        : [[criterion, value, readEntry(criterion, value, depth)] as const],
    ),
  );

const nothingAsked: CriteriaReading = { criteria: {}, problems: [], corrections: [] };

/** Entries, of which all must hold, and what was read before. */
const joined = (
  entries: readonly (readonly [criterion: string, value: unknown, part: Part])[],
  before: CriteriaReading = nothingAsked,
): CriteriaReading => {
  const problems = [...before.problems];
  const corrections = [...before.corrections];
  let { criteria } = before;
  for (const [criterion, value, part] of entries) {
    const note = (code: string, found: unknown = value) => ({ criterion, code, found });
    if ('notUnderstood' in part) {
      problems.push(note(part.notUnderstood, part.found));
      continue;
    }
    if (part.correction !== undefined) corrections.push(note(part.correction));
    const combined = both(criteria, part.criteria);
    if ('criteria' in combined) criteria = combined.criteria;
    else problems.push(note('criteria-contradict', [...combined.conflict.map((name) => criteria[name]), value]));
  }
  return { criteria, problems, corrections };
};

const readEntry = (criterion: string, value: unknown, depth: number): Part => {
  if (criterion === '$and' || criterion === '$or') return readGroup(criterion, value, depth + 1);
  const reader = criterion.startsWith('$') ? undefined : entryOf(criterionReaders, spelling(criterion));
  if (reader === undefined) return notUnderstood('criterion-unknown');
  return reader(value);
};

const readGroup = (operator: '$and' | '$or', value: unknown, depth: number): Part => {
  if (!Array.isArray(value) || value.length === 0 || depth > maxDepth) return notUnderstood();
  const read = value.map((query) => (isDocument(query) ? readQuery(entriesIn(query), depth) : undefined));
  if (read.some((one) => one === undefined || one.problems.length > 0)) return notUnderstood();
  const all = read as CriteriaReading[];
  const correction = all.flatMap(({ corrections }) => corrections)[0]?.code;
  const corrected = correction === undefined ? {} : { correction };
  if (operator === '$or') {
    const criteria = oneOf(all.map((one) => one.criteria));
    return criteria === undefined ? notUnderstood() : { criteria, ...corrected };
  }
  let criteria: Criteria = {};
  for (const one of all) {
    const combined = both(criteria, one.criteria);
    if ('conflict' in combined) return notUnderstood('criteria-contradict');
    criteria = combined.criteria;
  }
  return { criteria, ...corrected };
};
