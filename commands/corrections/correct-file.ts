import { sameValue } from '../../domain/changes.ts';
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
  for await (const chunk of inChunks(readCorrectionRows(options.path, options.onNote))) {
    const keys = await findAll(chunk, options.findKeys);
    for (const { row, line, problem } of chunk) {
      if (options.signal?.aborted) return;
      const about = { row: line, type: row.type, id: row.id, field: row.field };
      const type = correctableFor(row.type);
      const found = type === null ? [] : (keys.get(type)?.get(row.id) ?? []);
      const key = found.length === 1 ? found[0]! : null;
      const refused = (code: string, message: string): RowReport => ({
        ...about,
        key,
        outcome: 'refused',
        rejection: { code, message },
      });
      if (problem !== undefined) {
        yield refused('columns', problem);
      } else if (type === null) {
        yield refused('type', `type must be listing, lead, agent or saved-search, not "${row.type}"`);
      } else if (row.because === '') {
        yield refused('because', 'because is empty: say why, the history keeps it');
      } else if (!/\p{L}/u.test(row.because)) {
        // More likely the second half of a number with a comma than a reason.
        yield refused(
          'because',
          `because is "${row.because}", which is not a reason: is a comma in the value not quoted?`,
        );
      } else if (key === null) {
        yield found.length === 0
          ? refused('record-unknown', `there is no ${row.type} "${row.id}"`)
          : refused('record-ambiguous', `"${row.id}" means ${found.length} records: ${found.slice(0, 5).join(', ')}`);
      } else {
        const read = withReference(readCorrection(type, row.field, row.value), type, row.field, keys);
        const place = `${row.type} ${key} ${row.field}`;
        const earlier = said.get(place);
        if ('problem' in read) yield refused('value', read.problem);
        else if (earlier !== undefined && !sameValue(earlier.value, read.value)) {
          yield refused('contradiction', `line ${earlier.row} has a different value for the same field`);
        } else {
          said.set(place, { row: line, value: read.value });
          const corrections = { [row.field]: read.value };
          const result = options.dryRun
            ? await rehearse(store, type, key, corrections, rehearsal)
            : await correct(store, type, key, corrections, { ...options.context, reason: row.because });
          yield { ...about, key, ...result };
        }
      }
    }
  }
}

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
      if (chunk.length < chunkSize) continue;
      yield chunk;
      chunk = [];
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
