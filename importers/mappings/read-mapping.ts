import {
  type Document,
  isCollection,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml';
import { storableText } from '../../platform/database/storable.ts';
import { recordTypes } from './record-types.ts';
import { type MappingFile, mappingSchema } from './schema.ts';

/** What is wrong with a mapping file: where (lines and columns count from 1), which key, and what to do. */
export type MappingProblem = {
  readonly line: number;
  readonly column: number;
  /** `listings.fields.listPrice`; '' for the whole file. */
  readonly key: string;
  readonly message: string;
};

export type MappingReading = { readonly file: MappingFile } | { readonly problems: readonly MappingProblem[] };

/** No real mapping is longer. */
const maxLength = 500_000;

/** Reads a mapping from YAML. Whatever is not understood is a problem: a misspelled field would be lost in silence. */
export const readMapping = (text: string): MappingReading => {
  try {
    return read(text);
  } catch (error) {
    // YAML's parser calls itself for each level.
    if (!(error instanceof RangeError)) throw error;
    return { problems: [{ line: 1, column: 1, key: '', message: tooDeep }] };
  }
};

const tooDeep = 'The file is nested too deeply for a mapping.';

const read = (text: string): MappingReading => {
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const whole = (message: string, offset = 0) => ({ problems: [{ ...at(offset), key: '', message }] });
  if (text.length > maxLength) return whole('The file is too long for a mapping.');
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [broken] = document.errors;
  if (broken !== undefined) return whole(brokenYaml(broken), broken.pos[0]);
  const wrong = checkNames(document);
  if (wrong !== undefined) return whole(wrong.message, wrong.offset);
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 1_000 });
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return whole(repeatsTooMuch);
  }
  const parsed = mappingSchema.safeParse(plain ?? {}, { error: inPlainEnglish });
  if (parsed.success) return { file: parsed.data };
  const problems = parsed.error.issues.flatMap((issue): MappingProblem[] => {
    const path = pathInFile(plain, issue.path);
    const problem = (here: Path, message: string) => ({
      ...at(offsetOf(document.contents, here)),
      key: here.join('.'),
      message,
    });
    if (issue.code === 'unrecognized_keys')
      return issue.keys.slice(0, 200).map((key) => problem([...path, key], unknownKey(path, key)));
    return [problem(path, sentence(issue.message))];
  });
  // That it maps nothing follows from the other mistakes.
  const others = problems.filter(({ key }) => key !== '');
  return { problems: (others.length > 0 ? others : problems).sort((a, b) => a.line - b.line || a.column - b.column) };
};

const brokenYaml = ({ code, message }: YAMLParseError): string => {
  if (code === 'MULTIPLE_DOCS') return 'The file has several documents, separated by `---`. A mapping is one of them.';
  if (/call stack/.test(message)) return tooDeep;
  return sentence(`This is not YAML: ${message}`);
};

type Wrong = { readonly message: string; readonly offset: number };

/** No real mapping repeats so much. */
const maxAliases = 1_000;

/**
 * Makes each key its text, since it is a name or a word: the code 01 is not the number 1.
 * @returns the first key that is twice in a table, repetition of nothing, or text that neither documents nor PostgreSQL can have
 */
const checkNames = (document: Document): Wrong | undefined => {
  const anchors = new Set<string>();
  let wrong: Wrong | undefined;
  let aliases = 0;
  const stop = (message: string, node: { readonly range?: readonly number[] | null | undefined }) => {
    wrong = { message, offset: node.range?.[0] ?? 0 };
    return visit.BREAK;
  };
  // In the order of the file.
  visit(document, {
    Map(_, { items, anchor }) {
      if (anchor !== undefined) anchors.add(anchor);
      const keys = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const text = key.source ?? String(key.value);
        if (keys.has(text)) return stop('This key is here twice.', key);
        keys.add(text);
        key.value = text;
      }
      return undefined;
    },
    Alias(_, alias) {
      if (++aliases > maxAliases) return stop(repeatsTooMuch, alias);
      const { source } = alias;
      if (anchors.has(source)) return undefined;
      return stop(`\`*${source}\` repeats nothing: no \`&${source}\` is before it.`, alias);
    },
    Value(_, node) {
      if (node.anchor !== undefined) anchors.add(node.anchor);
      const isOdd = isScalar(node) && typeof node.value === 'string' && storableText(node.value) !== node.value;
      return isOdd ? stop('This text has a character that a name or word cannot have.', node) : undefined;
    },
  });
  return wrong;
};

const repeatsTooMuch = 'A name with `*` repeats something too often, or something that contains itself.';

type Issue = { readonly code?: string | undefined; readonly input?: unknown; readonly [name: string]: unknown };

/** For what the schema has no words of its own. */
const inPlainEnglish = ({ code, input, expected, maximum, minimum, origin }: Issue): string | undefined => {
  const size = origin === 'string' ? 'characters' : 'entries';
  if (code === 'too_big') return `has more than ${String(maximum)} ${size}`;
  if (code === 'too_small') return Number(minimum) === 1 ? 'is empty' : `has fewer than ${String(minimum)} ${size}`;
  if (code !== 'invalid_type') return undefined;
  const wanted = typeof expected === 'string' && Object.hasOwn(kinds, expected) ? kinds[expected]! : String(expected);
  return input === undefined || input === null ? `is missing: it must be ${wanted}` : `must be ${wanted}`;
};

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a table of keys and values',
};

type Path = readonly (string | number)[];

/**
 * The schema's path of a value as it is in the file: the schema makes a list of entries of a table, and fills in `from` and
 * `collections` lists where the file has a single value.
 */
const pathInFile = (plain: unknown, path: readonly PropertyKey[]): Path => {
  const here: (string | number)[] = [];
  let node = plain;
  for (let at = 0; at < path.length; at++) {
    const part = typeof path[at] === 'number' ? (path[at] as number) : String(path[at]);
    const isTable = typeof node === 'object' && node !== null && !Array.isArray(node);
    if (isTable && typeof part === 'number') {
      const name = Object.keys(node as object)[part];
      if (name === undefined || (here.length > 0 && !/^(?:words|where)$/.test(String(here.at(-1))))) continue;
      here.push(name);
      node = (node as Readonly<Record<string, unknown>>)[name];
      at++; // whether it is the entry's name or its value
      continue;
    }
    const there = typeof node === 'object' && node !== null && Object.hasOwn(node, part);
    if (!there && here.length > 0 && (part === 'from' || typeof part === 'number' || !isTable)) continue;
    here.push(part);
    node = there ? (node as Readonly<Record<string | number, unknown>>)[part] : undefined;
  }
  return here;
};

/** The offset of the key or list item that a path leads to; if there is none, of the nearest one around it. */
const offsetOf = (root: ParsedNode | null, path: Path): number => {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const part of path) {
    if (!isCollection(node)) return offset;
    const found: unknown =
      typeof part === 'number'
        ? node.items[part]
        : node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === part);
    if (found === undefined) continue;
    const marked: unknown = isPair(found) ? found.key : found;
    offset = (isNode(marked) ? marked.range?.[0] : undefined) ?? offset;
    node = isPair(found) ? found.value : found;
  }
  return offset;
};

const unknownKey = (path: Path, key: string): string => {
  const known = knownKeys(path);
  const far = (name: string) => distance(name.toLowerCase(), key.toLowerCase());
  // `bathroomsTotal` is rather the beginning of `bathroomsTotalInteger` than `bedroomsTotal` misspelled.
  const begun = known.filter((name) => key.length >= 4 && name.toLowerCase().startsWith(key.toLowerCase()));
  const near = begun.length > 0 ? begun : known.filter((name) => far(name) <= Math.max(2, key.length / 4));
  const nearest = near.sort((a, b) => far(a) - far(b))[0];
  const what =
    path.at(-1) === 'fields' ? `is not a field of ${String(path[0])}` : 'is not a key that a mapping can have here';
  return nearest === undefined || nearest === key
    ? `\`${key}\` ${what}. It can be one of: ${known.join(', ')}.`
    : `\`${key}\` ${what}. Did you mean \`${nearest}\`?`;
};

const knownKeys = (path: Path): readonly string[] => {
  if (path.length === 0) return ['name', 'about', ...Object.keys(recordTypes)];
  if (path.length === 1) return ['collections', 'fields'];
  const inFields = path.indexOf('fields');
  if (inFields < 0) return path.includes('where') ? ['not', 'exists'] : ['name', 'where', 'fields'];
  const type = Object.hasOwn(recordTypes, String(path[0]))
    ? recordTypes[path[0] as keyof typeof recordTypes]
    : undefined;
  if (inFields === path.length - 1 && type !== undefined) return type.slots;
  // Of a path, or of the field itself.
  if (path.length > inFields + 2) return ['path', 'words', 'unit', 'dateOrder', 'refersTo'];
  return ['from', 'path', 'words', 'unit', 'dateOrder', 'refersTo', 'constant'];
};

/** Levenshtein's distance. */
const distance = (one: string, other: string): number => {
  if (one.length > 60 || other.length > 60) return 60;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[other.length]!;
};

const sentence = (message: string): string =>
  `${message.startsWith('openhouse') ? 'o' : message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;
