import { sql } from 'kysely';
import { userError } from '../../platform/errors.ts';
import type { AnyDatabase } from '../database.ts';
import { checkOpen } from './entries.ts';

/**
 * Hides entries until their documents change in the old CRM; `retryEntries` brings them back.
 *
 * @returns how many
 * @throws UserError if one of them does not exist, is not in quarantine any more, or has another version than the person saw
 */
export const dismissEntries = async (
  db: AnyDatabase,
  ids: readonly string[],
  {
    by,
    because,
    now,
    contentHash,
  }: {
    readonly by: string;
    readonly because: string;
    readonly now: Date;
    /** The version of the document that the person saw, of a single one. */
    readonly contentHash?: string | undefined;
  },
): Promise<number> => {
  await checkOpen(db, ids);
  const { numAffectedRows } = await sql`
    update ops.quarantine set dismissed_at = ${now}::timestamptz, dismissed_by = ${by}, dismissed_because = ${because}
    where quarantine_id = any (${[...ids]}::bigint[]) and resolved_at is null
      and (${contentHash ?? null}::text is null or content_hash = ${contentHash ?? null})`.execute(db);
  if (contentHash !== undefined && numAffectedRows !== BigInt(ids.length))
    throw userError('the document has changed in the old CRM in the meantime', {
      code: 'document-changed',
      hint: 'Look at it again, and then decide.',
    });
  return Number(numAffectedRows ?? 0n);
};
