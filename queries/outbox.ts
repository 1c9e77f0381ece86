import { type QueryExecutorProvider, sql } from 'kysely';
import type { EmailMessage, OutboxState, SlackMessage } from '../delivery/outbox.ts';
import { agentNames } from './agent-names.ts';
import { ifThere } from './if-there.ts';

/** A message in the outbox, as a list shows it. */
export type OutboxRow = {
  readonly outboxId: string;
  readonly channel: 'email' | 'slack';
  readonly kind: string;
  /** As the sender needs it: an address, a Slack user's id, `channel`. */
  readonly recipient: string;
  /** Who that is, if it is an agent. */
  readonly memberName: string | null;
  readonly title: string;
  readonly state: OutboxState;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly sentAt: Date | null;
  readonly contactKey: string | null;
  readonly memberKey: string | null;
};

/** A message with all that is sent of it. */
export type OutboxMessage = OutboxRow & {
  readonly context: Readonly<Record<string, unknown>>;
  /** Why it is kept back until later, if it is. */
  readonly nextAttemptAt: Date | null;
} & (
    | { readonly channel: 'email'; readonly message: EmailMessage }
    | { readonly channel: 'slack'; readonly message: SlackMessage }
  );

export type OutboxFilter = { readonly state?: string; readonly channel?: string; readonly before?: string };

const columns = sql`
  outbox_id as "outboxId", channel, kind, recipient, state, attempts, last_error as "lastError",
  created_at as "createdAt", sent_at as "sentAt", contact_key as "contactKey", member_key as "memberKey",
  coalesce(message->>'Subject', message->>'text', kind) as title`;

/** Messages, newest first; `before` is the id of the last one seen. */
export const readOutbox = async (
  db: QueryExecutorProvider,
  { state, channel, before }: OutboxFilter,
  limit: number,
): Promise<readonly OutboxRow[]> => {
  const { rows } = await ifThere(
    sql<Omit<OutboxRow, 'memberName'>>`
      select ${columns} from ops.outbox
      where (${state ?? null}::text is null or state = ${state ?? null})
        and (${channel ?? null}::text is null or channel = ${channel ?? null})
        and (${before ?? null}::uuid is null or (created_at, outbox_id) <
          (select created_at, outbox_id from ops.outbox where outbox_id = ${before ?? null}::uuid))
      order by created_at desc, outbox_id desc limit ${limit}`.execute(db),
    { rows: [] },
  );
  return await withNames(db, rows);
};

const withNames = async <Row extends { readonly memberKey: string | null }>(
  db: QueryExecutorProvider,
  rows: readonly Row[],
): Promise<(Row & { memberName: string | null })[]> => {
  const keys = rows.flatMap(({ memberKey }) => memberKey ?? []);
  const names = await agentNames(db, [...new Set(keys)]);
  return rows.map((row) => ({ ...row, memberName: names.get(row.memberKey ?? '') ?? null }));
};

/** One message; `null` when there is none of that id. */
export const readMessage = async (db: QueryExecutorProvider, outboxId: string): Promise<OutboxMessage | null> => {
  const { rows } = await ifThere(
    sql<OutboxMessage>`
      select ${columns}, context, message,
        case when state = 'pending' then next_attempt_at end as "nextAttemptAt"
      from ops.outbox where outbox_id = ${outboxId}::uuid`.execute(db),
    { rows: [] },
  );
  const [message] = await withNames(db, rows);
  return message ?? null;
};

/** How many messages are in each state; states that no message is in are left out. */
export const countOutbox = async (
  db: QueryExecutorProvider,
): Promise<readonly { channel: 'email' | 'slack'; state: OutboxState; count: number }[]> => {
  const { rows } = await ifThere(
    sql<{ channel: 'email' | 'slack'; state: OutboxState; count: number }>`
      select channel, state, count(*)::float8 as count from ops.outbox
      group by channel, state order by channel, state`.execute(db),
    { rows: [] },
  );
  return rows;
};
