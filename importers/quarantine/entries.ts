import { type RawBuilder, sql } from 'kysely';
import { userError } from '../../platform/errors.ts';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';
import type { Found, LegacyCollection } from '../source.ts';
import { documentOfRaw } from './raw-document.ts';
import { refusedOriginal } from './refused.ts';
import { type Selection, selected } from './selection.ts';

/** An entry of the quarantine, with its document. */
export type Entry = {
  readonly quarantineId: string;
  readonly collection: LegacyCollection;
  readonly documentKey: string;
  readonly place: string;
  readonly code: string;
  readonly contentHash: string;
  readonly raw: string;
  /** Its document was understood, but its record was refused: then `raw` is the document in our terms. */
  readonly refused: boolean;
  /** The document as it was in the old CRM, if it was refused and is still on file in that version. */
  readonly original?: Found | undefined;
  readonly open: boolean;
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
  const [entry] = rows;
  if (entry !== undefined) {
    return entry.refused ? { ...entry, original: await refusedOriginal(db, quarantineId) } : entry;
  }
  throw unknown(quarantineId);
};

const unknown = (quarantineId: string) =>
  userError(`there is no entry ${quarantineId} in quarantine`, {
    code: 'entry-unknown',
    hint: '`openhouse quarantine list` shows them with their numbers.',
  });

/** @returns those of these entries that are not in quarantine any more @throws UserError if one of them does not exist */
export const resolvedAmong = async (db: AnyDatabase, ids: readonly string[]): Promise<readonly string[]> => {
  const numbers = ids.filter((id) => /^\d{1,18}$/.test(id));
  const { rows } = await sql<{ id: string; open: boolean }>`
    select quarantine_id::text as id, resolved_at is null as open from ops.quarantine
    where quarantine_id = any (${numbers}::bigint[])`.execute(db);
  return ids.filter((id) => {
    const found = rows.find((row) => row.id === String(Number(id)));
    if (found === undefined) throw unknown(id);
    return !found.open;
  });
};

/** @throws UserError if one of these entries does not exist, or is not in quarantine any more */
export const checkOpen = async (db: AnyDatabase, ids: readonly string[]): Promise<void> => {
  const [id] = await resolvedAmong(db, ids);
  if (id === undefined) return;
  throw userError(`entry ${id} is not in quarantine any more`, {
    code: 'entry-resolved',
    hint: `\`openhouse quarantine show ${id}\` says what became of it.`,
  });
};

/** The most documents on a page; one may have 16 MB. */
const pageSize = 50;

/**
 * The entries of a collection that can be read again, in the order of their numbers. Documents that share an `_id` stay where they are as
 * long as another one has it too. Documents whose records were refused are read from their originals (see refused.ts).
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

/** The document of an entry, to be read again; `undefined` if its record was refused and there is no original of it. */
export const documentOf = (entry: Entry): Found | undefined => {
  if (entry.refused) return entry.original;
  const { raw, place, documentKey, contentHash } = entry;
  return { ...documentOfRaw(raw, place), raw: () => raw, contentHash, entryKey: documentKey, again: true };
};
