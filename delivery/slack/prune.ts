import { type Kysely, sql } from 'kysely';

/** Slack's signatures are valid for minutes: nobody can send a request of last week again. @returns how many rows went */
export const pruneSlack = async (db: Kysely<unknown>): Promise<number> => {
  const requests = await sql`
    delete from ops.slack_request where handled_at < clock_timestamp() - interval '7 days'`.execute(db);
  const answers = await sql`
    delete from ops.preview_slack_answer where received_at < clock_timestamp() - interval '7 days'`.execute(db);
  return Number((requests.numAffectedRows ?? 0n) + (answers.numAffectedRows ?? 0n));
};
