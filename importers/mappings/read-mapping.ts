import { isCollection, isNode, isPair, isScalar, LineCounter, type ParsedNode, parseDocument } from 'yaml';
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
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const whole = (message: string, offset = 0) => ({ problems: [{ ...at(offset), key: '', message }] });
  if (text.length > maxLength)
    return { problems: [{ line: 1, column: 1, key: '', message: 'The file is too long for a mapping.' }] };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) return whole(`This is not YAML: ${broken.message}`, broken.pos[0]);
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    return whole(`This is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = mappingSchema.safeParse(plain ?? {});
  if (parsed.success) return { file: parsed.data };
  const problems = parsed.error.issues.flatMap((issue): MappingProblem[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    const problem = (here: Path, message: string) => ({
      ...at(offsetOf(document.contents, here)),
      key: here.join('.'),
      message,
    });
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => problem([...path, key], unknownKey(path, key)));
    return [problem(path, sentence(issue.message))];
  });
  // That it maps nothing follows from the other mistakes.
  const others = problems.filter(({ key }) => key !== '');
  return { problems: (others.length > 0 ? others : problems).sort((a, b) => a.line - b.line || a.column - b.column) };
};

type Path = readonly (string | number)[];

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
    path[1] === 'fields' && path.length === 2
      ? `is not a field of ${String(path[0])}`
      : 'is not a key that a mapping can have here';
  return nearest === undefined
    ? `\`${key}\` ${what}. It can be one of: ${known.join(', ')}.`
    : `\`${key}\` ${what}. Did you mean \`${nearest}\`?`;
};

const knownKeys = (path: Path): readonly string[] => {
  if (path.length === 0) return ['name', 'about', ...Object.keys(recordTypes)];
  if (path.length === 1) return ['collections', 'fields'];
  if (path[1] === 'collections') return ['name', 'where', 'not', 'exists'];
  const type = Object.hasOwn(recordTypes, String(path[0]))
    ? recordTypes[path[0] as keyof typeof recordTypes]
    : undefined;
  if (path.length === 2 && type !== undefined) return type.slots;
  return ['from', 'path', 'words', 'unit', 'refersTo', 'constant'];
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
  `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;
