import { sql } from 'kysely';
import { pagesBy } from '../../../platform/database/pages.ts';
import type { AnyDatabase } from '../../database.ts';
import type { MappedType } from '../../mappings/compile.ts';
import { recordTypes } from '../../mappings/record-types.ts';

/**
 * Takes documents out of quarantine that the old CRM no longer has and that never became a record: there is nothing left to correct.
 * One sweep is enough, because a document that is there after all is new to the next sweep, and comes back. (What is on file is
 * deleted with its record; see gone.ts.)
 */
export const leaveGoneEntries = async (
  { db, signal }: { readonly db: AnyDatabase; readonly signal: AbortSignal },
  type: MappedType,
  isThere: (id: string) => boolean,
): Promise<void> => {
  const { collection } = recordTypes[type.type];
  // Of messages that were sent, a sweep does not read every `_id`.
  if (collection === 'alerts_sent') return;
  const open = async (after: string, limit: number): Promise<readonly string[]> => {
    const { rows } = await sql<{ document_key: string }>`
      select document_key from ops.quarantine q
      where collection = ${collection} and document_key > ${after} and resolved_at is null
        and not exists (select from ops.import_document d
          where d.collection = q.collection and d.legacy_id = q.legacy_id and d.gone_at is null)
      order by document_key limit ${limit}`.execute(db);
    return rows.map(({ document_key }) => document_key);
  };
  const isGone = (key: string): boolean => {
    const id = idInKey(key);
    return id !== undefined && !isThere(id);
  };
  for await (const page of pagesBy((key) => key, 10_000, open)) {
    signal.throwIfAborted();
    const gone = page.filter(isGone);
    if (gone.length === 0) continue;
    await sql`
      update ops.quarantine set resolved_at = clock_timestamp()
      where collection = ${collection} and document_key = any (${gone}::text[]) and resolved_at is null`.execute(db);
  }
};

/** The `_id` in the key of an entry (see `quarantineKey`); `undefined` if the document has none. */
const idInKey = (key: string): string | undefined =>
  key.startsWith('content:') ? undefined : key.replace(/ content:[\w+/=]{28}$/, '');
