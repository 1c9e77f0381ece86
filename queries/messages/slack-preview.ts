import { type Kysely, type RawBuilder, sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import { ifThere } from '../if-there.ts';

/** A Slack message that went to the preview, as it reads now: it may have been updated since it was sent. */
export type PreviewMessage = {
  readonly outboxId: string;
  readonly kind: string;
  readonly memberKey: string | null;
  readonly memberName: string | null;
  readonly contactKey: string | null;
  readonly recipient: string;
  readonly channel: string;
  readonly ts: string;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
  readonly sentAt: Date;
};

const read = async (
  db: Kysely<unknown>,
  which: RawBuilder<unknown>,
  limit: number,
): Promise<readonly PreviewMessage[]> => {
  const { rows } = await ifThere(
    sql<PreviewMessage>`
      select message.outbox_id, message.kind, message.member_key,
        agent.member_full_name as member_name, message.contact_key, message.recipient,
        split_part(message.provider_message_id, '/', 1) as channel, split_part(message.provider_message_id, '/', 2) as ts,
        coalesce(preview.body -> 'blocks', '[]') as blocks, message.sent_at
      from ops.outbox as message
        join ops.preview_message as preview on preview.message_id = message.provider_message_id
        left join read.agents as agent on agent.member_key = message.member_key
      where message.channel = 'slack' and message.state = 'previewed' and message.kind <> 'lead-offer-update' and ${which}
      order by message.created_at desc, message.outbox_id desc limit ${limit}`.execute(camelCased(db)),
    { rows: [] },
  );
  return rows;
};

/** The messages of the preview, newest first; `before` is the id of the last one seen. */
export const readPreviewMessages = async (
  db: Kysely<unknown>,
  before: string | null,
  limit: number,
): Promise<readonly PreviewMessage[]> =>
  await read(
    db,
    before === null
      ? sql`true`
      : sql`(message.created_at, message.outbox_id) < (select created_at, outbox_id from ops.outbox where outbox_id = ${before})`,
    limit,
  );

/** One message; `null` when the preview has none of that id. */
export const readPreviewMessage = async (db: Kysely<unknown>, outboxId: string): Promise<PreviewMessage | null> =>
  (await read(db, sql`message.outbox_id = ${outboxId}`, 1))[0] ?? null;
