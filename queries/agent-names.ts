import { type QueryExecutorProvider, sql } from 'kysely';
import { ifThere } from './if-there.ts';

/** What agents are called, by key; who has no name (or is not in the read model yet) is missing. */
export const agentNames = async (
  db: QueryExecutorProvider,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  if (keys.length === 0) return new Map();
  const { rows } = await ifThere(
    sql<{ key: string; name: string }>`
      select member_key as key, member_full_name as name from read.agents
      where member_key = any (${keys}::text[]) and member_full_name is not null`.execute(db),
    { rows: [] },
  );
  return new Map(rows.map(({ key, name }) => [key, name]));
};
