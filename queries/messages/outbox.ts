import { type Kysely, sql } from 'kysely';
import type { Channel, EmailMessage, OutboxState, SlackMessage } from '../../delivery/outbox.ts';
import { type Fate, fateInWords, fateOf, readFate, type StoredFate } from '../../delivery/reports/fate.ts';
import { typed } from '../../tables/database.ts';
import { agentNames } from '../agents/agent-names.ts';
import { ifThere } from '../if-there.ts';

/** A message in the outbox, as a list shows it. */
export type OutboxRow = {
  readonly outboxId: string;
  readonly channel: 'email' | 'slack';
  readonly kind: string;
  /** As the sender needs it: an address, a Slack user ID, or `channel`. */
  readonly recipient: string;
  /** The recipient's name, if it is an agent. */
  readonly memberName: string | null;
  readonly title: string;
  readonly state: OutboxState;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly sentAt: Date | null;
  readonly contactKey: string | null;
  readonly memberKey: string | null;
  /** What became of an e-mail after Postmark accepted it; `null` if Postmark has reported nothing. */
  readonly fate: Fate | null;
  /** The same in words: `delivered, opened twice`. */
  readonly fateText: string | null;
};

/** A message with its full content. */
export type OutboxMessage = OutboxRow & {
  readonly context: Readonly<Record<string, unknown>>;
  /** Until when it is held back, if it is. */
  readonly nextAttemptAt: Date | null;
} & (
    | { readonly channel: 'email'; readonly message: EmailMessage }
    | { readonly channel: 'slack'; readonly message: SlackMessage }
  );

export type OutboxFilter = {
  readonly state?: string;
  readonly channel?: string;
  /** Agents get e-mails too: summaries of what their buyers were sent. */
  readonly to?: 'buyers' | 'agents';
  readonly contactKey?: string;
  readonly memberKey?: string;
  readonly before?: string;
};

const listed = (db: Kysely<unknown>) =>
  typed(db)
    .selectFrom('ops.outbox')
    .select(['outboxId', 'channel', 'kind', 'recipient', 'state', 'attempts', 'lastError', 'createdAt', 'sentAt'])
    .select(['contactKey', 'memberKey'])
    .select(fateOf(sql.ref('outbox.outbox_id')).as('storedFate'))
    .select(sql<string>`coalesce(message->>'Subject', message->>'text', kind)`.as('title'))
    .$narrowType<{ channel: Channel; state: OutboxState }>();

/** Messages, newest first; `before` is the ID of the last one seen. */
export const readOutbox = async (
  db: Kysely<unknown>,
  { state, channel, to, contactKey, memberKey, before }: OutboxFilter,
  limit: number,
): Promise<readonly OutboxRow[]> => {
  let query = listed(db);
  if (state !== undefined) query = query.where('state', '=', state);
  if (channel !== undefined) query = query.where('channel', '=', channel);
  if (to === 'buyers') query = query.where('channel', '=', 'email').where('memberKey', 'is', null);
  if (to === 'agents')
    query = query.where(({ eb, or }) => or([eb('channel', '=', 'slack'), eb('memberKey', 'is not', null)]));
  if (contactKey !== undefined) query = query.where('contactKey', '=', contactKey);
  if (memberKey !== undefined) query = query.where('memberKey', '=', memberKey);
  if (before !== undefined) {
    query = query.where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple('createdAt', 'outboxId'),
        '<',
        selectFrom('ops.outbox')
          .select(['createdAt', 'outboxId'])
          .where('outboxId', '=', before)
          .$asTuple('createdAt', 'outboxId'),
      ),
    );
  }
  const rows = await ifThere(query.orderBy('createdAt', 'desc').orderBy('outboxId', 'desc').limit(limit).execute(), []);
  return await withNames(db, rows);
};

type Listed = { readonly memberKey: string | null; readonly storedFate: StoredFate | null };

const withNames = async <Row extends Listed>(
  db: Kysely<unknown>,
  rows: readonly Row[],
): Promise<(Omit<Row, 'storedFate'> & Pick<OutboxRow, 'memberName' | 'fate' | 'fateText'>)[]> => {
  const keys = rows.flatMap(({ memberKey }) => memberKey ?? []);
  const names = await agentNames(db, [...new Set(keys)]);
  return rows.map(({ storedFate, ...row }) => {
    const fate = readFate(storedFate);
    return { ...row, memberName: names.get(row.memberKey ?? '') ?? null, fate, fateText: fateInWords(fate) };
  });
};

/** One message; `null` if there is none with that ID. */
export const readMessage = async (db: Kysely<unknown>, outboxId: string): Promise<OutboxMessage | null> => {
  const rows = await ifThere(
    listed(db)
      .select(['context', 'message'])
      .select((eb) => eb.case().when('state', '=', 'pending').then(eb.ref('nextAttemptAt')).end().as('nextAttemptAt'))
      .where('outboxId', '=', outboxId)
      .execute(),
    [],
  );
  const [message] = await withNames(db, rows);
  return (message as OutboxMessage | undefined) ?? null;
};

/** How many messages are in each state; states without messages are left out. */
export const countOutbox = async (
  db: Kysely<unknown>,
): Promise<readonly { channel: Channel; state: OutboxState; count: number }[]> => {
  const rows = await ifThere(
    typed(db)
      .selectFrom('ops.outbox')
      .select(({ fn }) => ['channel', 'state', fn.countAll<string>().as('count')])
      .groupBy(['channel', 'state'])
      .orderBy('channel')
      .orderBy('state')
      .$narrowType<{ channel: Channel; state: OutboxState }>()
      .execute(),
    [],
  );
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
};
