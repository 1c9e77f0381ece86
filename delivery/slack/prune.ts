import { type Kysely, sql } from 'kysely';
import { typed } from '../../tables/database.ts';

/** Slack's signatures are valid for minutes: no one can send a request of last week again. @returns how many rows went */
export const pruneSlack = async (db: Kysely<unknown>): Promise<number> => {
  const weekAgo = sql<Date>`clock_timestamp() - interval '7 days'`;
  const requests = await typed(db).deleteFrom('ops.slackRequest').where('handledAt', '<', weekAgo).executeTakeFirst();
  const answers = await typed(db)
    .deleteFrom('ops.previewSlackAnswer')
    .where('receivedAt', '<', weekAgo)
    .executeTakeFirst();
  return Number(requests.numDeletedRows + answers.numDeletedRows);
};
