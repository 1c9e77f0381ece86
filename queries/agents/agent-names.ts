import { type Kysely, sql } from 'kysely';
import { isActiveAgentRow } from '../../projections/agents/active-agent.ts';
import { camelCased, typed } from '../../tables/database.ts';
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

/** Someone to choose from in a form. */
export type AgentChoice = { readonly memberKey: string; readonly name: string; readonly activeYN: boolean };

/** All agents by name, those who left last. Agents of one name are told apart by their e-mail address. */
export const listAgents = async (db: Kysely<unknown>): Promise<readonly AgentChoice[]> => {
  const { rows } = await ifThere(
    sql<AgentChoice>`
      select member_key,
        case when member_full_name is null then coalesce(member_email, 'no name given')
          when count(*) over (partition by member_full_name) > 1 then concat_ws(', ', member_full_name, member_email)
          else member_full_name end as name,
        ${isActiveAgentRow} as active_yn
      from read.agents order by active_yn desc, name, member_key`.execute(camelCased(db)),
    { rows: [] },
  );
  return rows;
};

/** The time zone of an agent; `null`: they have none of their own. */
export const agentTimeZone = async (db: Kysely<unknown>, memberKey: string): Promise<string | null> => {
  const row = await ifThere(
    typed(db).selectFrom('read.agents').select('timeZone').where('memberKey', '=', memberKey).executeTakeFirst(),
    undefined,
  );
  return row?.timeZone ?? null;
};
