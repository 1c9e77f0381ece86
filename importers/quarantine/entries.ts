import { type RawBuilder, sql } from 'kysely';
import { userError } from '../../platform/errors.ts';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';
import type { LegacyCollection, SourceDocument, UnreadableDocument } from '../source.ts';
import { documentOfRaw } from './raw-document.ts';

/** An entry of the quarantine, with its document. */
export type Entry = {
  readonly quarantineId: string;
  readonly collection: LegacyCollection;
  readonly documentKey: string;
  readonly place: string;
  readonly code: string;
  readonly contentHash: string;
  readonly raw: string;
  readonly refused: boolean;
  readonly open: boolean;
};

/** Which entries: those named, or all open ones with a reason or of a collection. */
export type Selection = {
  readonly ids?: readonly string[];
  readonly code?: string | undefined;
  readonly collection?: string | undefined;
};

/** Dismissed entries are included only when they are named. */
export const selected = ({ ids, code, collection }: Selection): RawBuilder<boolean> => {
  const conditions = [
    sql`resolved_at is null`,
    ids === undefined ? sql`dismissed_at is null` : sql`quarantine_id = any (${[...ids]}::bigint[])`,
    ...(code === undefined ? [] : [sql`code = ${code}`]),
    ...(collection === undefined ? [] : [sql`collection = ${collection}`]),
  ];
  return sql`(${sql.join(conditions, sql` and `)})`;
};

const columns = sql`quarantine_id::text as quarantine_id, collection, document_key, place, code, content_hash, raw::text as raw,
  refused_yn as refused, resolved_at is null as open`;

/** @throws UserError if there is no such entry */
export const loadEntry = async (db: AnyDatabase, quarantineId: string): Promise<Entry> => {
  const { rows } = /^\d{1,18}$/.test(quarantineId)
    ? await sql<Entry>`select ${columns} from ops.quarantine where quarantine_id = ${quarantineId}::bigint`.execute(
        camelCased(db),
      )
    : { rows: [] };
  if (rows[0] !== undefined) return rows[0];
  throw userError(`there is no entry ${quarantineId} in quarantine`, {
    code: 'entry-unknown',
    hint: '`openhouse quarantine list` shows them with their numbers.',
  });
};

/** The most documents on a page; one may have 16 MB. */
const pageSize = 50;

/**
 * The entries of a collection that can be read again, in the order of their numbers. Documents that share an `_id` stay where they are as
 * long as another one has it too; a record that was refused is applied again by every run.
 *
 * @param options.withoutOriginal only those whose documents cannot be read from the originals on file
 */
export async function* entriesToRead(
  db: AnyDatabase,
  collection: LegacyCollection,
  selection: Selection,
  { withoutOriginal = false } = {},
): AsyncGenerator<Entry, void, undefined> {
  for (let after = '0'; ; ) {
    const { rows } = await sql<Entry>`
      select ${columns} from ops.quarantine q
      where q.collection = ${collection} and q.quarantine_id > ${after}::bigint and ${selected(selection)} and not q.refused_yn
        and (q.code <> 'id-twice'
          or not exists (select from ops.quarantine o
            where o.collection = q.collection and o.legacy_id = q.legacy_id and o.code = 'id-twice'
              and o.quarantine_id <> q.quarantine_id and o.resolved_at is null)
          or ${changesId(sql`q.quarantine_id`, sql`q.content_hash`)})
        and ${
          withoutOriginal
            ? sql`not exists (select from ops.import_document d
          where d.collection = q.collection and d.legacy_id = q.document_key and d.content_hash = q.content_hash
            and d.original_block is not null and d.gone_at is null)`
            : sql`true`
        }
      order by q.quarantine_id limit ${pageSize}`.execute(camelCased(db));
    yield* rows;
    if (rows.length < pageSize) return;
    after = rows.at(-1)!.quarantineId;
  }
}

/** Whether a person gave this version of a document another `_id`. */
const changesId = (quarantineId: RawBuilder<unknown>, contentHash: RawBuilder<unknown>) => sql`exists (
  select from ops.quarantine_edit e
  where e.quarantine_id = ${quarantineId} and e.content_hash = ${contentHash} and e.dropped_at is null
    and e.changes::jsonb @> '[{"path": "_id"}]')`;

/** The document of an entry, to be read again. */
export const documentOf = ({ raw, place, documentKey, contentHash }: Entry): SourceDocument | UnreadableDocument => ({
  ...documentOfRaw(raw, place),
  raw: () => raw,
  contentHash,
  entryKey: documentKey,
  again: true,
});
