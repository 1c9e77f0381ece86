import { sql } from 'kysely';
import type { AnyDatabase } from '../../database.ts';
import { type Block, decodeBlock, encodeBlock, type Original } from './block.ts';

/** Originals of a batch. */
export type ToStore = {
  readonly block: Block;
  readonly legacyIds: readonly string[];
  /** The blocks that had former versions of them, one entry per document. */
  readonly replaced: readonly string[];
};

/** Stores the originals of a batch. @returns the block of each document that was stored */
export const storeOriginals = async (
  db: AnyDatabase,
  collection: string,
  { block, legacyIds, replaced }: ToStore,
): Promise<(legacyId: string) => string | undefined> => {
  if (legacyIds.length === 0) return () => undefined;
  await releaseOriginals(db, replaced);
  const stored = await insertBlock(db, collection, block);
  const there = new Set(legacyIds);
  return (legacyId) => (there.has(legacyId) ? stored : undefined);
};

const insertBlock = async (db: AnyDatabase, collection: string, block: Block): Promise<string> => {
  const { rows } = await sql<{ block: string }>`
    insert into ops.import_original (collection, documents, current, size, content)
    values (${collection}, ${block.documents}, ${block.documents}, ${block.size}, ${block.content})
    returning block::text as block`.execute(db);
  return rows[0]!.block;
};

/** Counts documents that these blocks need no longer keep. @param blocks one entry per document */
const releaseOriginals = async (db: AnyDatabase, blocks: readonly string[]): Promise<void> => {
  if (blocks.length === 0) return;
  const counts = new Map<string, number>();
  for (const block of blocks) counts.set(block, (counts.get(block) ?? 0) + 1);
  await sql`
    update ops.import_original o set current = o.current - x.released
    from unnest(${[...counts.keys()]}::bigint[], ${[...counts.values()]}::int[]) as x (block, released)
    where o.block = x.block`.execute(db);
};

/** A block with less current content than this is small, or mostly out of date. An index has those with fewer documents. */
const few = { documents: 125, bytes: 1024 * 1024 };
/** The number of small blocks at which they are joined, that many at a time. */
const many = 64;
const fullAt = { documents: 500, bytes: 4 * 1024 * 1024 };

/**
 * Deletes blocks of which nothing is current, and joins small ones, so that months of following take no more space than
 * one import. Call it while holding the import's lease.
 */
export const tidyOriginals = async (db: AnyDatabase): Promise<void> => {
  await sql`delete from ops.import_original where current <= 0`.execute(db);
  const { rows } = await sql<{ collection: string; blocks: string[] }>`
    select collection, (array_agg(block::text order by block))[:${sql.lit(many)}] as blocks from ops.import_original
    where current < ${sql.lit(few.documents)} and size::float8 * current / documents < ${few.bytes}
    group by 1 having count(*) >= ${many}`.execute(db);
  for (const { collection, blocks } of rows) await joinBlocks(db, collection, blocks);
};

const joinBlocks = async (db: AnyDatabase, collection: string, blocks: readonly string[]): Promise<void> => {
  await db.transaction().execute(async (transaction) => {
    let [together, bytes] = [[] as Original[], 0];
    const write = async () => {
      const originals = together;
      [together, bytes] = [[], 0];
      if (originals.length === 0) return;
      const block = await encodeBlock(originals);
      const joined = await insertBlock(transaction, collection, block);
      await sql`
        update ops.import_document set original_block = ${joined}::bigint
        where collection = ${collection} and legacy_id = any (${originals.map(({ legacyId }) => legacyId)}::text[])`.execute(
        transaction,
      );
    };
    for (const block of blocks) {
      for (const original of await currentIn(transaction, collection, block)) {
        together.push(original);
        bytes += original.bytes.length;
        if (together.length >= fullAt.documents || bytes >= fullAt.bytes) await write();
      }
    }
    await write();
    await sql`delete from ops.import_original where block = any (${[...blocks]}::bigint[])`.execute(transaction);
  });
};

const currentIn = async (db: AnyDatabase, collection: string, block: string): Promise<Original[]> => {
  const { rows } = await sql<{ content: Buffer }>`
    select content from ops.import_original where block = ${block}::bigint`.execute(db);
  const originals = rows[0] === undefined ? [] : await decodeBlock(rows[0].content);
  const { rows: current } = await sql<{ legacy_id: string }>`
    select legacy_id from ops.import_document
    where collection = ${collection} and original_block = ${block}::bigint
      and legacy_id = any (${originals.map(({ legacyId }) => legacyId)}::text[])`.execute(db);
  const there = new Set(current.map(({ legacy_id }) => legacy_id));
  return originals.filter(({ legacyId }) => there.has(legacyId));
};
