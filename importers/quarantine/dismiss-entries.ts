import { sql } from 'kysely';
import type { AnyDatabase } from '../database.ts';
import { checkOpen } from './entries.ts';

/**
 * Hides entries until their documents change in the old CRM; `retryEntries` brings them back.
 *
 * @returns how many
 * @throws UserError if one of them does not exist, or is not in quarantine any more
 */
export const dismissEntries = async (
  db: AnyDatabase,
  ids: readonly string[],
  { by, because, now }: { readonly by: string; readonly because: string; readonly now: Date },
): Promise<number> => {
  await checkOpen(db, ids);
  const { numAffectedRows } = await sql`
    update ops.quarantine set dismissed_at = ${now}::timestamptz, dismissed_by = ${by}, dismissed_because = ${because}
    where quarantine_id = any (${[...ids]}::bigint[]) and resolved_at is null`.execute(db);
  return Number(numAffectedRows ?? 0n);
};
