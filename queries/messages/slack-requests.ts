import type { Kysely } from 'kysely';
import { typed } from '../../tables/database.ts';

/** The outcome of a request from Slack; `null` while it waits. */
export const outcomeOf = async (db: Kysely<unknown>, requestKey: string): Promise<string | null> =>
  (
    await typed(db)
      .selectFrom('ops.slackRequest')
      .select('outcome')
      .where('requestKey', '=', requestKey)
      .executeTakeFirst()
  )?.outcome ?? null;

/** Whether a message that changes others is on its way. */
export const updatesWait = async (db: Kysely<unknown>): Promise<boolean> =>
  (await typed(db)
    .selectFrom('ops.outbox')
    .select('outboxId')
    .where('state', 'in', ['pending', 'sending'])
    .where('kind', 'in', ['lead-offer-update', 'lead-details'])
    .limit(1)
    .executeTakeFirst()) !== undefined;
