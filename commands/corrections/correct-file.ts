import { sameValue } from '../../domain/changes.ts';
import { linkedFields, type ReadPlaces } from '../../domain/listing/index.ts';
import { referredTo } from '../../domain/record-fields.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { CommandContext } from '../execute.ts';
import { type CorrectionResult, correct, type Rehearsal, rehearse } from './correct.ts';
import { type CorrectionRow, readCorrectionRows } from './correction-rows.ts';
import { type CorrectableName, correctableFor, type ReadValue, readCorrection } from './correction-values.ts';

/**
 * The result for a row: `row` is its line number in the file, `key` the record it refers to (`null`: none was found).
 */
export type RowReport = {
  readonly row: number;
  readonly type: string;
  readonly id: string;
  readonly field: string;
  readonly key: string | null;
} & (CorrectionResult | { readonly outcome: 'refused'; readonly rejection: { code: string; message: string } });

export type CorrectFileOptions = {
  readonly path: string;
  /** Who corrects, and by which route; the rows have their own reasons. */
  readonly context: Omit<CommandContext, 'reason'>;
  /** Nothing is recorded; consecutive rows about one record take effect on each other. */
  readonly dryRun?: boolean;
  /** How places are read, for the fields that depend on corrected ones; see `correct`. */
  readonly places?: ReadPlaces;
  /** The keys of the records that IDs refer to; one call for many IDs. */
  readonly findKeys: (type: CorrectableName, ids: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>;
  readonly signal?: AbortSignal;
  /** Called with notes on what was not read, worded for people. */
  readonly onNote?: (note: string) => void;
};

/**
 * Makes the corrections of a CSV file (`type,id,field,value,because`) one after the other, and reports on each when it
 * is done. A bad row is reported, and the rest continue. Running the same file again changes nothing: a row that
 * contradicts an earlier row for the same field is rejected, so that the two do not undo each other on every run.
 *
 * @throws UserError if the file cannot be read, is not UTF-8, lacks a column, or is not valid CSV from some line on
 */
export async function* correctFile(
  store: EventStore,
  options: CorrectFileOptions,
): AsyncGenerator<RowReport, void, undefined> {
  const said = new Map<string, { row: number; value: unknown }>();
  const rehearsal: Rehearsal = new Map();
  /** What earlier rows gave for fields on which others depend: the consequences of a later row must not undo it. */
  const linked = new Map<string, Record<string, unknown>>();
  for await (const chunk of inChunks(readCorrectionRows(options.path, options.onNote))) {
    const keys = await findAll(chunk, options.findKeys);
    const rows = chunk.map((row) => understood(row, keys, said));
    for (const group of together(rows)) {
      if (options.signal?.aborted) return;
      const [first] = group;
      if ('outcome' in first) {
        yield first;
        continue;
      }
      const { type, key, because } = first;
      const values = Object.fromEntries(
        group.flatMap((row) => ('outcome' in row ? [] : [[row.about.field, row.value]])),
      );
      const place = `${type} ${key}`;
      const corrections = isLinked(first) ? { ...linked.get(place), ...values } : values;
      const result = options.dryRun
        ? await rehearse(store, type, key, corrections, rehearsal, options.places)
        : await correct(store, type, key, corrections, { ...options.context, reason: because }, options.places);
      if (isLinked(first) && result.outcome !== 'refused') linked.set(place, corrections);
      for (const row of group) if (!('outcome' in row)) yield { ...row.about, key, ...resultOf(row, group, result) };
    }
  }
}

/** A row that can be carried out. */
type Understood = {
  readonly about: Pick<RowReport, 'row' | 'type' | 'id' | 'field'>;
  readonly type: CorrectableName;
  readonly key: string;
  readonly value: unknown;
  readonly because: string;
};
type Refused = Extract<RowReport, { outcome: 'refused' }>;

const understood = (
  { row, line, problem }: CorrectionRow,
  keys: KeysOfTypes,
  said: Map<string, { row: number; value: unknown }>,
): Understood | Refused => {
  const about = { row: line, type: row.type, id: row.id, field: row.field };
  const type = correctableFor(row.type);
  const found = type === null ? [] : (keys.get(type)?.get(row.id) ?? []);
  const key = found.length === 1 ? found[0]! : null;
  const refused = (code: string, message: string): Refused => ({
    ...about,
    key,
    outcome: 'refused',
    rejection: { code, message },
  });
  if (problem !== undefined) return refused('columns', problem);
  if (type === null) return refused('type', `type must be listing, lead, agent or saved-search, not "${row.type}"`);
  if (row.because === '') return refused('because', 'because is empty: say why, the history keeps it');
  // More likely the second half of a number with a comma than a reason.
  if (!/\p{L}/u.test(row.because))
    return refused(
      'because',
      `because is "${row.because}", which is not a reason: is a comma in the value not quoted?`,
    );
  if (key === null) {
    return found.length === 0
      ? refused('record-unknown', `there is no ${row.type} "${row.id}"`)
      : refused('record-ambiguous', `"${row.id}" means ${found.length} records: ${found.slice(0, 5).join(', ')}`);
  }
  const read = withReference(readCorrection(type, row.field, row.value), type, row.field, keys);
  if ('problem' in read) return refused('value', read.problem);
  const place = `${row.type} ${key} ${row.field}`;
  const earlier = said.get(place);
  if (earlier !== undefined && !sameValue(earlier.value, read.value))
    return refused('contradiction', `line ${earlier.row} has a different value for the same field`);
  said.set(place, { row: line, value: read.value });
  return { about, type, key, value: read.value, because: row.because };
};

const isLinked = ({ type, about }: Understood): boolean =>
  type === 'listing' && (linkedFields as readonly string[]).includes(about.field);

/** Consecutive rows about such fields of one listing are one correction: a latitude alone means nothing. */
const together = (rows: readonly (Understood | Refused)[]): (readonly [Understood | Refused, ...Understood[]])[] => {
  const groups: [Understood | Refused, ...Understood[]][] = [];
  for (const row of rows) {
    const first = groups.at(-1)?.[0];
    const isSame =
      first !== undefined &&
      !('outcome' in first) &&
      !('outcome' in row) &&
      isLinked(first) &&
      isLinked(row) &&
      first.key === row.key &&
      first.because === row.because;
    if (isSame) groups.at(-1)!.push(row);
    else groups.push([row]);
  }
  return groups;
};

/** When several rows are one correction, each row reports its own field, and the first one also the dependent fields. */
const resultOf = (
  row: Understood,
  group: readonly (Understood | Refused)[],
  result: CorrectionResult,
): CorrectionResult => {
  if (result.outcome !== 'done' && result.outcome !== 'would-do') return result;
  const others = new Set(group.flatMap((one) => (one === row || 'outcome' in one ? [] : [one.about.field])));
  const isOwn = (field: string) => field === row.about.field || (row === group[0] && !others.has(field));
  const changes = result.changes.filter(({ field }) => isOwn(field));
  return changes.length === 0 ? { outcome: 'unchanged' } : { ...result, changes };
};

/** Replaces a value that refers to another record with that record's key. */
const withReference = (read: ReadValue, type: CorrectableName, field: string, keys: KeysOfTypes): ReadValue => {
  const target = referredTo(type, field);
  if (target === undefined || 'problem' in read || read.value === null) return read;
  const named = String(read.value);
  const found = keys.get(target)?.get(named) ?? [];
  if (found.length === 1) return { value: found[0] };
  return {
    problem:
      found.length === 0
        ? `${field}: there is no ${target} "${named}"`
        : `${field}: "${named}" means ${found.length} records: ${found.slice(0, 5).join(', ')}`,
  };
};

/** Rows are looked up together, this many per query. */
const chunkSize = 500;

async function* inChunks(rows: AsyncIterable<CorrectionRow>): AsyncGenerator<CorrectionRow[], void, undefined> {
  let chunk: CorrectionRow[] = [];
  let broken: { error: unknown } | undefined;
  try {
    for await (const row of rows) {
      chunk.push(row);
      if (chunk.length <= chunkSize) continue;
      // Rows about one record stay together, unless there are very many of them.
      const isCut = chunk.length < 2 * chunkSize && chunk.at(-2)!.row.id === row.row.id;
      if (isCut) continue;
      yield chunk.slice(0, -1);
      chunk = [row];
    }
  } catch (error) {
    // The rows before the invalid line are valid.
    broken = { error };
  }
  if (chunk.length > 0) yield chunk;
  if (broken !== undefined) throw broken.error;
}

type KeysOfTypes = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** The keys of all records that the rows are about or refer to, with one query for each kind of record. */
const findAll = async (
  rows: readonly CorrectionRow[],
  findKeys: CorrectFileOptions['findKeys'],
): Promise<KeysOfTypes> => {
  const wanted = new Map<CorrectableName, Set<string>>();
  const want = (type: CorrectableName | null | undefined, id: string) => {
    if (type) wanted.set(type, (wanted.get(type) ?? new Set()).add(id));
  };
  for (const { row } of rows) {
    const type = correctableFor(row.type);
    want(type, row.id);
    if (type !== null && row.value !== '') want(referredTo(type, row.field), row.value);
  }
  const found = new Map<string, ReadonlyMap<string, readonly string[]>>();
  for (const [type, ids] of wanted) found.set(type, await findKeys(type, [...ids]));
  return found;
};
