import { type RawBuilder, sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';
import { readOriginal } from '../dump/read-either.ts';
import { documentKey } from '../legacy/fields/ids/document-id.ts';
import type { MappedType } from '../mappings/compile.ts';
import { recordTypes } from '../mappings/record-types.ts';
import { type RoutedCollection, type RoutedSource, takenBy } from '../mappings/route.ts';
import { documentOf, entriesToRead } from '../quarantine/entries.ts';
import { readersVersion } from '../readers-version.ts';
import { contentHashOf, isUnreadable, type LegacyCollection, type SourceDocument } from '../source.ts';
import { decodeBlock } from '../staging/originals/block.ts';

/** How much of a collection there is to read. */
export type OnFile = {
  /** Documents on file that the old CRM still has. */
  readonly documents: number;
  /** Those that this mapping has read already, in their present version. */
  readonly alreadyRead: number;
  /** Those with a newer version in quarantine, which is read instead. */
  readonly newerInQuarantine: number;
  /** Those that have not been read with this mapping, and are not in quarantine. */
  readonly unread: number;
};

/** What is known of a document on file. */
type State = { legacyId: string; contentHash: string; alreadyRead: boolean; inQuarantine: boolean; newer: boolean };

/** Classifies documents on file; see `OnFile`. */
const stateOf = (version: string) => sql`
  d.legacy_id, d.content_hash, ${hasEntry()} as in_quarantine,
  ${hasEntry(sql`q.content_hash <> d.content_hash`)} as newer,
  (d.readers is not distinct from ${version} and d.record_key is not null and not ${hasEntry()}) as already_read`;

const hasEntry = (condition: RawBuilder<unknown> = sql`true`) => sql`exists (
  select from ops.quarantine q
  where q.collection = d.collection and q.document_key = d.legacy_id and q.resolved_at is null and ${condition})`;

/** Counts how much of a collection there is to read. */
export const countOnFile = async (db: AnyDatabase, collection: LegacyCollection, type: MappedType): Promise<OnFile> => {
  const { rows } = await sql<OnFile>`
    select count(*)::int as documents, count(*) filter (where already_read)::int as already_read,
      count(*) filter (where newer)::int as newer_in_quarantine,
      count(*) filter (where not already_read and not in_quarantine)::int as unread
    from (select ${stateOf(readersVersion(type))} from ops.import_document d
      where d.collection = ${collection} and d.gone_at is null) as x`.execute(camelCased(db));
  return rows[0]!;
};

/**
 * The documents on file of some record types, as they were in the old CRM, and those in quarantine. What the mapping
 * has read already is left out, so an interrupted run continues where it was.
 */
export const sourceOnFile = (db: AnyDatabase, types: readonly MappedType[]): RoutedSource => ({
  live: true,
  notes: [],
  collections: types.map((mapped): RoutedCollection => {
    const { collection } = recordTypes[mapped.type];
    return {
      name: collection,
      mapped,
      totalBytes: 0,
      idsAreUnique: true,
      async *read(onBytes, onLeftOut) {
        for await (const found of originals(db, collection, readersVersion(mapped))) {
          onBytes?.(found.bytes.length);
          if (isUnreadable(found) || takenBy(mapped, found)) yield found;
          else onLeftOut?.(found);
        }
        for await (const entry of entriesToRead(db, collection, { collection }, { withoutOriginal: true }))
          yield documentOf(entry)!;
      },
    };
  }),
});

async function* originals(db: AnyDatabase, collection: LegacyCollection, version: string) {
  for (let after = '0'; ; ) {
    const { rows } = await sql<{ block: string; content: Buffer }>`
      select o.block::text as block, o.content from ops.import_original o
      where o.collection = ${collection} and o.block > ${after}::bigint order by o.block limit 1`.execute(db);
    const [stored] = rows;
    if (stored === undefined) return;
    after = stored.block;
    const inBlock = await decodeBlock(stored.content);
    const states = await statesOf(
      db,
      sql`d.collection = ${collection} and d.original_block = ${after}::bigint
        and d.legacy_id = any (${inBlock.map(({ legacyId }) => legacyId)}::text[])`,
      version,
    );
    for (const original of inBlock) {
      const state = states.get(original.legacyId);
      if (state === undefined || state.alreadyRead || state.newer) continue;
      const found = readOriginal(original);
      // After a write-back, the old CRM has a version that was never read.
      if (contentHashOf(found) === state.contentHash) yield found;
    }
  }
}

const statesOf = async (db: AnyDatabase, which: ReturnType<typeof sql>, version: string) => {
  const { rows } = await sql<State>`
    select ${stateOf(version)} from ops.import_document d where gone_at is null and ${which}`.execute(camelCased(db));
  return new Map(rows.map((row) => [row.legacyId, row]));
};

const atOnce = 500;

/**
 * Those documents of a source that are on file in the same version, and are to be read again. Documents that are new or
 * changed are for an import.
 */
export const sameAsOnFile = (db: AnyDatabase, { bson: _, ...collection }: RoutedCollection): RoutedCollection => ({
  ...collection,
  async *read(onBytes, onLeftOut) {
    let page: SourceDocument[] = [];
    const those = async () => {
      const found = page;
      page = [];
      const ids = found.map(({ document }) => documentKey(document._id) ?? '');
      const states = await statesOf(
        db,
        sql`d.collection = ${collection.name} and d.legacy_id = any (${ids}::text[])`,
        readersVersion(collection.mapped),
      );
      return found.filter((one, index) => {
        const state = states.get(ids[index]!);
        return state?.contentHash === contentHashOf(one) && !state.alreadyRead && !state.newer;
      });
    };
    for await (const found of collection.read(onBytes, onLeftOut)) {
      if (!isUnreadable(found) && page.push(found) === atOnce) yield* await those();
    }
    yield* await those();
  },
});
