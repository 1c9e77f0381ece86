import { sql } from 'kysely';
import { sameValue } from '../../../domain/changes.ts';
import type { AnyDatabase } from '../../database.ts';
import type { CompiledMapping, MappedType } from '../../mappings/compile.ts';
import type { Mongo } from '../../mongo/connect.ts';
import { idOfKey } from './edits.ts';
import { fieldsOf } from './mapped-paths.ts';

/** Fields whose values are words, for which an old CRM has its own words. */
const slotsOfWords: ReadonlySet<string> = new Set([
  'standardStatus',
  'propertyType',
  'propertySubType',
  'associationFeeFrequency',
  'leadStage',
  'leadSource',
  'timeframe',
  'memberStatus',
]);

type Spellings = (slot: string, path: string, value: unknown) => readonly unknown[];

/**
 * The words that may mean a value: those of the mapping's tables, and those that the old CRM's own documents use, the most used
 * first. The field's reader decides which of them does.
 */
export const spellingsIn = (mongo: Mongo, mapping: CompiledMapping): ((type: MappedType) => Promise<Spellings>) => {
  const inUse = new Map<string, readonly string[]>();
  return async (type) => {
    for (const { name } of type.collections) {
      for (const [path, slots] of type.paths) {
        if (!slots.some((slot) => slotsOfWords.has(slot)) || inUse.has(`${name} ${path}`)) continue;
        inUse.set(`${name} ${path}`, await wordsAt(mongo, name, path));
      }
    }
    const everywhere = fieldsOf(mapping, type.type);
    return (slot, path, value) => {
      const tables = everywhere.flatMap(({ [slot]: field }) => {
        const place = field?.from.find((one) => one.path === path);
        return [...(place?.words ?? []), ...(field?.words ?? [])];
      });
      const meant = tables
        .filter(([, meaning]) => sameValue(meaning, value) || slotsOfWords.has(slot))
        .map(([word]) => word);
      const used = slotsOfWords.has(slot)
        ? type.collections.flatMap(({ name }) => inUse.get(`${name} ${path}`) ?? [])
        : [];
      return [...used, ...new Set(meant)];
    };
  };
};

const wordsAt = async ({ db }: Mongo, collection: string, path: string): Promise<readonly string[]> => {
  const rows = await db
    .collection(collection)
    .aggregate<{ _id: unknown; n: number }>([
      { $group: { _id: `$${path}`, n: { $sum: 1 } } },
      { $sort: { n: -1 } },
      { $limit: 100 },
    ])
    .toArray();
  return rows.flatMap(({ _id }) => (typeof _id === 'string' && _id.length <= 60 ? [_id] : []));
};

/** How documents may refer to an agent: by the `_id` of its document, by its own keys, by e-mail address. */
export const referencesTo = async (
  db: AnyDatabase,
  bson: Mongo['bson'],
): Promise<(memberKey: string) => readonly unknown[]> => {
  const { rows } = await sql<{ legacy_id: string; record_key: string; email: string | null; names: string[] }>`
    select d.legacy_id, d.record_key, d.payload -> 'fields' ->> 'memberEmail' as email,
      array(select n.name from ops.import_document_name n
        where n.collection = d.collection and n.legacy_id = d.legacy_id and starts_with(n.name, 'key:')) as names
    from ops.import_document d where d.collection = 'users' and d.record_key is not null order by d.legacy_id`.execute(
    db,
  );
  const found = new Map<string, unknown[]>();
  for (const { legacy_id, record_key, email, names } of rows) {
    const keys = names.map((name) => name.slice(name.indexOf(':', 4) + 1));
    const numbers = keys.filter((key) => /^\d{1,15}$/.test(key)).map(Number);
    const forms = [idOfKey(bson, legacy_id), legacy_id, ...keys, ...numbers, email];
    found.set(record_key, [
      ...(found.get(record_key) ?? []),
      ...forms.filter((form) => form !== undefined && form !== null),
    ]);
  }
  return (memberKey) => found.get(memberKey) ?? [];
};
