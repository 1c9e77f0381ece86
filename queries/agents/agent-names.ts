import type { Kysely } from 'kysely';
import { typed } from '../../tables/database.ts';
import { ifThere } from '../if-there.ts';

/** The names of agents by key; agents without a name (or not yet in the read model) are missing. */
export const agentNames = async (
  db: Kysely<unknown>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  if (keys.length === 0) return new Map();
  const rows = await ifThere(
    typed(db)
      .selectFrom('read.agents')
      .select(['memberKey', 'memberFullName'])
      .where('memberKey', 'in', keys)
      .where('memberFullName', 'is not', null)
      .execute(),
    [],
  );
  return new Map(rows.map(({ memberKey, memberFullName }) => [memberKey, memberFullName!]));
};
