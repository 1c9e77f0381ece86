import type { QueryExecutorProvider } from 'kysely';
import type { Shared } from '../../importers/owned/sharing/shared.ts';
import { sharedInWords } from '../../importers/owned/sharing/shared-words.ts';
import { calledAs } from './record-called.ts';

/** One line for each other record that has a value which a correction gives, and what follows. */
export const sharedLines = async (db: QueryExecutorProvider, shared: readonly Shared[]): Promise<readonly string[]> => {
  const called = await calledAs(
    db,
    shared.flatMap(({ recordKey, other }) => [recordKey, other.recordKey]),
  );
  return [...new Set(shared.map((one) => `Note: ${sharedInWords(one, called)}`))];
};
