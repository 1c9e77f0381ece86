import type { QueryExecutorProvider } from 'kysely';
import type { Shared } from '../../../../importers/owned/sharing/shared.ts';
import { sharedInWords } from '../../../../importers/owned/sharing/shared-words.ts';
import { recordNames } from '../../../../queries/record-names.ts';

/** A sentence for each other record that has a value which a decision would give, and what would follow. */
export const sharedNotes = async (db: QueryExecutorProvider, shared: readonly Shared[]): Promise<readonly string[]> => {
  const names = await recordNames(db, new Set(shared.flatMap(({ recordKey, other }) => [recordKey, other.recordKey])));
  const called = (key: string) => (names.has(key) ? `${names.get(key)} (${key})` : key);
  return [...new Set(shared.map((one) => sharedInWords(one, called)))];
};
