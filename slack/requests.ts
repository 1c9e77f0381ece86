import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';
import { storableJson } from '../platform/database/storable.ts';
import { camelCased } from '../tables/database.ts';

/** A request from Slack that was kept and has yet to be handled. */
export type SlackRequest = {
  readonly slackRequestId: string;
  readonly kind: 'interaction' | 'command';
  readonly payload: unknown;
  readonly receivedAt: Date;
  /** This one included. */
  readonly attempts: number;
};

/** Longer than handling one takes. */
const claimSeconds = 60;
/** After this time no one is waiting for an answer: `response_url` is valid for 30 minutes. */
const giveUpSeconds = 30 * 60;

/** Keeps a request before it is acknowledged. @returns its id, or `null` when it was kept before */
export const keepRequest = async (
  db: QueryExecutorProvider,
  request: Pick<SlackRequest, 'kind' | 'payload' | 'receivedAt'> & { readonly requestKey: string },
): Promise<string | null> => {
  const { rows } = await sql<{ id: string }>`
    insert into ops.slack_request (request_key, kind, payload, received_at)
    values (${request.requestKey}, ${request.kind}, ${storableJson(request.payload)}::jsonb, ${request.receivedAt})
    on conflict (request_key) do nothing
    returning slack_request_id as id`.execute(db);
  return rows[0]?.id ?? null;
};

/** Takes a request that waits: the one asked for, or the oldest. Each is one process's at a time. */
export const claimRequest = async (db: Kysely<unknown>, id: string | null): Promise<SlackRequest | null> => {
  const { rows } = await sql<SlackRequest>`
    update ops.slack_request
    set attempts = attempts + 1, claimed_until = clock_timestamp() + make_interval(secs => ${claimSeconds})
    where slack_request_id = (
      select slack_request_id from ops.slack_request
      where handled_at is null and payload is not null
        and (claimed_until is null or claimed_until <= clock_timestamp()
          or claimed_until > clock_timestamp() + make_interval(secs => ${claimSeconds * 2}))
        and (${id}::bigint is null or slack_request_id = ${id})
      order by received_at limit 1 for update skip locked
    )
    returning slack_request_id, kind, payload, received_at, attempts`.execute(camelCased(db));
  return rows[0] ?? null;
};

/** Records the outcome, and deletes the content. */
export const requestHandled = async (db: Kysely<unknown>, id: string, outcome: string): Promise<void> => {
  await sql`
    update ops.slack_request set handled_at = clock_timestamp(), outcome = ${outcome}, payload = null, claimed_until = null
    where slack_request_id = ${id} and handled_at is null`.execute(db);
};

/** It could not be handled: it is tried again soon, or given up after half an hour. @returns whether it is given up */
export const requestFailed = async (
  db: Kysely<unknown>,
  { slackRequestId, attempts }: SlackRequest,
): Promise<boolean> => {
  const waitSeconds = Math.min(2 ** attempts, 30);
  const { rows } = await sql<{ given_up: boolean }>`
    update ops.slack_request
    set claimed_until = clock_timestamp() + make_interval(secs => ${waitSeconds})
    where slack_request_id = ${slackRequestId}
    returning received_at < clock_timestamp() - make_interval(secs => ${giveUpSeconds}) as given_up`.execute(db);
  return rows[0]?.given_up ?? false;
};
