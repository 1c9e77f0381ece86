import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { errorCode, exitCodes, userError } from '../../platform/errors.ts';
import { counted } from '../../platform/wording/words.ts';

const columns = ['type', 'id', 'field', 'value', 'because'] as const;

/** A row of a corrections file; `problem` says why its columns cannot be trusted. */
export type CorrectionRow = {
  readonly row: Record<(typeof columns)[number], string>;
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly problem: string | undefined;
};

/**
 * The rows of a CSV file with the columns `type,id,field,value,because`, in any order, in UTF-8.
 *
 * @param onNote called with what was not read: unknown columns
 * @throws UserError if the file cannot be read, is not UTF-8, lacks a column or has one twice, or is not valid CSV from
 * some line on. The encoding is checked before the first row is returned, because a file in another encoding would be
 * read to the end with wrong letters.
 */
export async function* readCorrectionRows(
  path: string,
  onNote: (note: string) => void = () => {},
): AsyncGenerator<CorrectionRow, void, undefined> {
  try {
    await checkEncoding(path);
    yield* rowsOf(path, onNote);
  } catch (error) {
    if (error instanceof CsvError) throw badFile(path, `is not valid CSV: ${error.message}`, error);
    const code = errorCode(error);
    if (code === 'ENOENT') throw badFile(path, 'does not exist', error);
    if (code === 'EACCES' || code === 'EISDIR') throw badFile(path, `cannot be read (${code})`, error);
    throw error;
  }
}

async function* rowsOf(path: string, onNote: (note: string) => void): AsyncGenerator<CorrectionRow, void, undefined> {
  let header: readonly string[] | undefined;
  const parser = parse({
    bom: true,
    trim: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
  });
  const file = createReadStream(path);
  file.on('error', (error) => parser.destroy(error));
  file.pipe(parser);
  type Parsed = { readonly record: readonly string[]; readonly info: { readonly lines: number } };
  for await (const { record, info } of parser as AsyncIterable<Parsed>) {
    if (header === undefined) {
      header = checkHeader(path, record, onNote);
      continue;
    }
    const cells = new Map(header.map((name, index) => [name, record[index] ?? '']));
    const row = Object.fromEntries(columns.map((name) => [name, cells.get(name)!])) as CorrectionRow['row'];
    yield { row: { ...row, type: row.type.toLowerCase() }, line: info.lines, problem: countProblem(record, header) };
  }
  if (header === undefined) throw badFile(path, 'is empty');
}

const checkHeader = (path: string, record: readonly string[], onNote: (note: string) => void): readonly string[] => {
  const header = record.map((name) => name.toLowerCase());
  const missing = columns.filter((name) => !header.includes(name));
  if (missing.length > 0) throw badFile(path, `has no column ${missing.join(', ')}`);
  const twice = header.find((name, index) => isColumn(name) && header.indexOf(name) !== index);
  if (twice !== undefined) throw badFile(path, `has the column ${twice} twice`);
  const unknown = record.filter((name) => name !== '' && !isColumn(name.toLowerCase()));
  if (unknown.length > 0) onNote(`${path}: ignored unknown columns: ${unknown.join(', ')}`);
  return header;
};

const isColumn = (name: string): boolean => (columns as readonly string[]).includes(name);

/** `$525,000` without quotes is two values, so the columns no longer have what was meant. */
const countProblem = (record: readonly string[], header: readonly string[]): string | undefined => {
  const needed = Math.max(...columns.map((name) => header.indexOf(name))) + 1;
  if (record.length >= needed && record.length <= header.length) return undefined;
  const values = counted(record.length, 'value');
  const hint = record.length > header.length ? ': put a value that contains a comma in double quotes' : '';
  return `the row has ${values} for ${header.length} columns${hint}`;
};

const checkEncoding = async (path: string): Promise<void> => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    try {
      const text = decoder.decode(chunk, { stream: true });
      line += text.split('\n').length - 1;
      if (text.includes('\0')) throw new TypeError('NUL');
    } catch (cause) {
      throw notUtf8(path, lineOfBadByte(chunk, line), cause);
    }
  }
  try {
    decoder.decode();
  } catch (cause) {
    throw notUtf8(path, line, cause);
  }
};

/** Adds up the lines that are valid from the chunk's start; the first invalid one is the one to report. */
const lineOfBadByte = (chunk: Buffer, first: number): number => {
  let [line, start] = [first, 0];
  for (;;) {
    const end = chunk.indexOf(0x0a, start);
    if (end === -1 || !isUtf8Text(chunk.subarray(start, end))) return line;
    [line, start] = [line + 1, end + 1];
  }
};

const isUtf8Text = (bytes: Buffer): boolean => {
  // Continuation bytes at the very start belong to a character that began in the previous chunk.
  const from = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return from > 3 ? false : isUtf8(bytes.subarray(Math.max(from, 0))) && !bytes.includes(0);
};

const notUtf8 = (path: string, line: number, cause: unknown) =>
  userError(`${path} is not UTF-8 text: the first invalid byte is in line ${line}`, {
    code: 'corrections-file-encoding',
    hint: 'Save it as "CSV UTF-8" (Excel), or convert it: iconv -f WINDOWS-1252 -t UTF-8 old.csv > new.csv. Nothing was corrected.',
    exitCode: exitCodes.usage,
    cause,
  });

const badFile = (path: string, problem: string, cause?: unknown) =>
  userError(`${path} ${problem}`, {
    code: 'corrections-file',
    hint: `Its first line must name the columns: ${columns.join(',')}. A value that contains a comma goes in double quotes.`,
    exitCode: exitCodes.usage,
    cause,
  });
