import { sql } from 'kysely';
import { pagesBy } from '../../../../platform/database/pages.ts';
import type { AnyDatabase } from '../../../database.ts';
import type { MappedType } from '../../../mappings/compile.ts';
import { recordTypes } from '../../../mappings/record-types.ts';

const pageSize = 20_000;

/**
 * The `_id`s under which something is on file of a type's documents: in the ledger or in quarantine, also of those that
 * share their `_id` with another document, or got another one from a person. Some come twice.
 */
export async function* idsOnFile(
  db: AnyDatabase,
  type: MappedType,
): AsyncGenerator<readonly string[], void, undefined> {
  const { collection } = recordTypes[type.type];
  const inLedger = async (after: string, limit: number) => {
    const { rows } = await (collection === 'alerts_sent'
      ? sql<{ id: string }>`
          select legacy_id as id from ops.import_alert_sent where legacy_id > ${after} order by legacy_id limit ${limit}`
      : sql<{ id: string }>`
          select legacy_id as id from ops.import_document
          where collection = ${collection} and legacy_id > ${after} and gone_at is null
          order by legacy_id limit ${limit}`
    ).execute(db);
    return rows.map(({ id }) => id);
  };
  yield* pagesBy((id) => id, pageSize, inLedger);
  const inQuarantine = async (after: string, limit: number) => {
    const { rows } = await sql<{ key: string; id: string | null }>`
      select document_key as key, legacy_id as id from ops.quarantine
      where collection = ${collection} and document_key > ${after} and resolved_at is null
      order by document_key limit ${limit}`.execute(db);
    return rows;
  };
  for await (const rows of pagesBy(({ key }) => key, pageSize, inQuarantine))
    yield rows.map(({ key, id }) => id ?? key);
  const { rows } = await sql<{ id: string }>`
    select document_key as id from ops.quarantine_edit
    where collection = ${collection} and dropped_at is null and document_key <> legacy_id`.execute(db);
  yield rows.map(({ id }) => id);
}
