import type { QueryExecutorProvider } from 'kysely';
import { recordNames } from '../../queries/record-names.ts';

/** What people call a record, and its key, which every command takes; the key alone where it has no name. */
export type Called = (recordKey: string) => string;

export const calledAs = async (db: QueryExecutorProvider, recordKeys: readonly string[]): Promise<Called> => {
  const names = await recordNames(db, new Set(recordKeys));
  return (recordKey) => {
    const name = names.get(recordKey);
    return name === undefined ? recordKey : `${name} (${recordKey})`;
  };
};
