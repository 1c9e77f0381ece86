import { hash } from 'node:crypto';
import { nameOfId } from '../../domain/identity/legacy-id.ts';
import { mlsNumberKey } from '../../domain/listing/index.ts';
import { readMlsNumber } from '../legacy/fields/ids/mls-number.ts';
import { type Reference, readReference } from '../legacy/fields/ids/reference.ts';
import { readEmails } from '../legacy/fields/people/email.ts';
import { type DateOrder, yearFirst } from '../legacy/fields/times/written-date.ts';
import type { LegacyDocument, Looked } from '../legacy/looked.ts';
import { plainValue } from '../legacy/plain-value.ts';
import { firstReadable, isMissing, nothing, type Reading, spelling, unclear, understood } from '../legacy/reading.ts';
import { collectionAt, takes } from './filter.ts';
import { openingJson } from './json-inside.ts';
import { valueAt } from './path.ts';
import { type RecordTypeName, recordType } from './record-types.ts';
import type { FieldMapping, MappedCollection, MappedFields, MappingFile } from './schema.ts';

/** A record type of a mapping, ready to look at documents. */
export type MappedType = {
  readonly type: RecordTypeName;
  /** Its own keys that documents may refer to, as far as the mapping says where they are. */
  readonly keys: readonly string[];
  readonly collections: readonly MappedCollection[];
  /**
   * The collection that a document is from, if its fields depend on that: then moving it to another one changes what it
   * says. @param place where it was found
   */
  readonly collectionOf: ((place: string) => string | undefined) | undefined;
  /** @param place where the document was found */
  readonly look: (document: LegacyDocument, place: string) => Looked<string>;
  /** Every path that it reads, and the fields of openhouse that each feeds (a unit or a filter: none). */
  readonly paths: ReadonlyMap<string, readonly string[]>;
  /** The fields of openhouse that its documents can say: those with a path, and those that depend on the collection. */
  readonly slots: ReadonlySet<string>;
  /** Those paths that it reads in the documents of one collection. */
  readonly pathsIn: (collection: string) => ReadonlyMap<string, readonly string[]>;
  /** Changes whenever its documents may be read differently. */
  readonly version: string;
};

/** A mapping, ready to be used. */
export type CompiledMapping = {
  readonly name: string;
  /** Changes with anything that it says. */
  readonly version: string;
  readonly types: Readonly<Partial<Record<RecordTypeName, MappedType>>>;
  /** All that it says. */
  readonly file: MappingFile;
  /** Whether it comes with openhouse. */
  readonly shipped: boolean;
};

export const compileMapping = (file: MappingFile, { shipped = false } = {}): CompiledMapping => {
  const { name, about: _, ...types } = file;
  const compiled = (Object.keys(types) as RecordTypeName[]).flatMap((type) => {
    const mapped = types[type];
    return mapped === undefined ? [] : [[type, compileType(type, mapped)] as const];
  });
  const version = hash('sha256', compiled.map(([, { version }]) => version).join(' '), 'base64url').slice(0, 12);
  return { name, version, types: Object.fromEntries(compiled), file, shipped };
};

type TypeMapping = NonNullable<MappingFile[RecordTypeName]>;

const compileType = (type: RecordTypeName, mapped: TypeMapping): MappedType => {
  const { collections } = mapped;
  const own = collections.length === 1 ? collections[0]!.fields : undefined;
  const common = compileFields(type, { ...mapped.fields, ...own });
  const each = collections.map(({ fields }) =>
    fields === own ? common : compileFields(type, { ...mapped.fields, ...fields }),
  );
  const pathsOf = (of: readonly Fields[], from: readonly MappedCollection[]) => {
    const paths = new Map<string, string[]>();
    for (const { where } of from) for (const [path] of where ?? []) paths.set(path, []);
    for (const fields of of) addPaths(paths, fields);
    return paths;
  };
  const paths = pathsOf([...new Set(each)], collections);
  const fieldsFor = (document: LegacyDocument, place: string): Fields => {
    const name = collectionAt(place, collections);
    const from = [...collections.entries()].filter(([, one]) => one.name === name);
    // Consent counts even in a document that none of them takes.
    const [at] = from.find(([, { where }]) => takes(document, where)) ?? from[0] ?? [];
    return at === undefined ? common : each[at]!;
  };
  // A search's criteria are read only and never written back, so they may be kept in any form.
  const open = type === 'savedSearches' ? openingJson([...paths.keys()]) : (document: LegacyDocument) => document;
  return {
    type,
    keys: recordType(type).keys.filter((key) => each.some(({ keys }) => keys.includes(key))),
    collections,
    ...(each.every((fields) => fields === common)
      ? { collectionOf: undefined, look: (document) => new View(open(document), common) }
      : {
          collectionOf: (place) => collectionAt(place, collections),
          look: (document, place) => new View(open(document), fieldsFor(document, place)),
        }),
    // What every collection replaces is read nowhere.
    paths,
    slots: new Set([
      ...[...paths.values()].flat(),
      ...(each.length > 1 ? collections.flatMap(({ fields }) => Object.keys(fields ?? {})) : []),
    ]),
    pathsIn: (name) => {
      const from = collections.filter((one) => one.name === name);
      return pathsOf([...new Set(each.filter((_, at) => collections[at]!.name === name))], from);
    },
    version: hash('sha256', JSON.stringify([type, mapped]), 'base64url').slice(0, 12),
  };
};

/** The fields of the documents of one collection, and their own keys. */
type Fields = { readonly bySlot: ReadonlyMap<string, Field>; readonly keys: readonly string[] };

const compileFields = (type: RecordTypeName, fields: MappedFields): Fields => {
  const bySlot = new Map(Object.entries(fields).flatMap(([slot, field]) => (field ? [[slot, placesOf(field)]] : [])));
  return { bySlot, keys: recordType(type).keys.filter((key) => bySlot.has(key)) };
};

const addPaths = (paths: Map<string, string[]>, { bySlot }: Fields): void => {
  for (const { places } of bySlot.values()) {
    for (const { unit } of places) if (typeof unit === 'object') paths.set(unit.path, paths.get(unit.path) ?? []);
  }
  for (const [slot, { places }] of bySlot)
    for (const { path } of places) paths.set(path, [...new Set([...(paths.get(path) ?? []), slot])]);
};

type Place = {
  readonly path: string;
  readonly words: ReadonlyMap<string, unknown>;
  readonly unit: string | { readonly path: string } | undefined;
  readonly dateOrder: DateOrder | undefined;
  readonly refersTo: string;
};
type Field = { readonly places: readonly Place[]; readonly constant: unknown };

const placesOf = ({ from, constant, words, unit, dateOrder, refersTo }: FieldMapping): Field => ({
  constant,
  places: from.map((place) => ({
    path: place.path,
    words: wordsOf([...(words ?? []), ...(place.words ?? [])]),
    unit: place.unit ?? unit,
    dateOrder: place.dateOrder ?? dateOrder,
    refersTo: place.refersTo ?? refersTo ?? '_id',
  })),
});

/** By the word itself, and by its spelling: `Pend.` and `pend` are the same word. */
const wordsOf = (entries: readonly (readonly [string, unknown])[]): ReadonlyMap<string, unknown> =>
  new Map(entries.flatMap(([word, meaning]) => [[word, meaning] as const, [spelled(word), meaning] as const]));

/** A word of signs only has no spelling. */
const spelled = (word: string): string => ` ${spelling(word) || word}`;

const noField: Field = { places: [], constant: undefined };

/** A class, because creating functions for each document would take longer than calling them. */
class View implements Looked<string> {
  readonly document: LegacyDocument;
  private readonly fields: Fields;

  constructor(document: LegacyDocument, fields: Fields) {
    this.document = document;
    this.fields = fields;
  }

  found(slot: string) {
    return this.field(slot).places.map((place) => ({ path: place.path, value: understoodAt(this.document, place) }));
  }

  all(slot: string): readonly unknown[] {
    const { places, constant } = this.field(slot);
    const values: unknown[] = places.map((place) => understoodAt(this.document, place));
    return constant === undefined ? values : [...values, constant];
  }

  first(slot: string): unknown {
    const { places, constant } = this.field(slot);
    for (const place of places) {
      const value = understoodAt(this.document, place);
      if (!isMissing(value)) return value;
    }
    return constant;
  }

  path(slot: string): string {
    const { places } = this.field(slot);
    return (places.find((place) => !isMissing(understoodAt(this.document, place))) ?? places[0])?.path ?? slot;
  }

  reference(slot: string): Reading<Reference> {
    const { places } = this.field(slot);
    return firstReadable(...places.map((place) => referenceTo(place.refersTo, understoodAt(this.document, place))));
  }

  names(): readonly `key:${string}`[] {
    return this.fields.keys.flatMap((key) =>
      this.field(key).places.flatMap((place) => keyOf(key, understoodAt(this.document, place)) ?? []),
    );
  }

  private field(slot: string): Field {
    return this.fields.bySlot.get(slot) ?? noField;
  }
}

/** The value there, with the mapping's words replaced, its unit beside the number, and the parts of a date in order. */
const understoodAt = (document: LegacyDocument, { path, words, unit, dateOrder }: Place): unknown => {
  const found = valueAt(document, path);
  const said = words.size === 0 ? found : inOtherWords(found, words);
  if (dateOrder !== undefined && typeof said === 'string' && said.length <= 100) return yearFirst(said, dateOrder);
  if (unit === undefined || isMissing(said)) return said;
  const plain = plainValue(said);
  const isNumber = typeof plain === 'number' || (typeof plain === 'string' && /^\d[\d.,']*$/.test(plain));
  const name = typeof unit === 'string' ? unit : plainValue(valueAt(document, unit.path));
  return isNumber && typeof name === 'string' && name.length <= 40 ? `${plain} ${name}` : said;
};

const inOtherWords = (found: unknown, words: ReadonlyMap<string, unknown>): unknown => {
  if (Array.isArray(found)) return found.map((item) => inOtherWords(item, words));
  const plain = plainValue(found);
  if (!/^(?:string|number|boolean)$/.test(typeof plain) || String(plain).length > 200) return found;
  for (const word of [String(plain), spelled(String(plain))]) if (words.has(word)) return words.get(word);
  return found;
};

const referenceTo = (refersTo: string, found: unknown): Reading<Reference> => {
  if (refersTo === '_id') return readReference(found);
  if (isMissing(found)) return nothing;
  if (refersTo === 'email') {
    const email = readEmails(found).value?.[0];
    return email === undefined ? unclear('not-a-reference') : understood<Reference>(`email:${email}`);
  }
  const key = keyOf(refersTo, Array.isArray(found) && found.length === 1 ? found[0] : found);
  return key === undefined ? unclear('not-a-reference') : understood<Reference>(key);
};

/** A document's own key, and what refers to it, in one form: `MLS 3001`, `3001.0` and `3001` may be the same. */
const keyOf = (slot: string, found: unknown): `key:${string}` | undefined => {
  if (isMissing(found)) return undefined;
  if (slot === 'listingId') {
    const number = readMlsNumber(found).value;
    return number === undefined ? undefined : `key:${slot}:${mlsNumberKey(number)}`;
  }
  const reference = readReference(found).value;
  if (reference === undefined || reference.startsWith('email:')) return undefined;
  const name = nameOfId(reference.slice(reference.indexOf(':') + 1));
  return `key:${slot}:${name.toUpperCase()}`;
};

/** Whether other documents may refer to these by anything but their `_id` or an e-mail address. */
export const hasKeys = ({ keys }: MappedType): boolean => keys.length > 0;
