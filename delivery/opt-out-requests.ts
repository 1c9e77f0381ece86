import { type QueryExecutorProvider, sql } from 'kysely';
import { camelCased } from '../tables/database.ts';

/** How a person said that they want no more e-mail: with the link in one, or as Postmark reported. */
export type OptOutCause = 'unsubscribe-link' | 'spam-complaint' | 'unsubscribed-at-postmark';

/**
 * An opt-out that someone asked for. It is stored before it becomes an event, so that it counts even while the event
 * store is down.
 */
export type OptOutRequest = { readonly contactKey: string; readonly requestedAt: Date; readonly cause: OptOutCause };

/** Stores a request; the first one of a lead stays until it is an event that the read models have. */
export const keepOptOut = async (
  db: QueryExecutorProvider,
  { contactKey, requestedAt, cause }: OptOutRequest,
): Promise<void> => {
  await sql`
    insert into ops.opt_out_request (contact_key, requested_at, cause)
    values (${contactKey}, ${requestedAt}::timestamptz, ${cause})
    on conflict (contact_key) do update
      set requested_at = excluded.requested_at, cause = excluded.cause, recorded_position = null, next_attempt_at = clock_timestamp()
      where opt_out_request.recorded_position is not null`.execute(db);
};

/** The leads with a request that the read models do not have yet. */
export const leadsThatAskedToStop = async (db: QueryExecutorProvider): Promise<ReadonlySet<string>> => {
  const { rows } = await sql<{ contact_key: string }>`select contact_key from ops.opt_out_request`.execute(db);
  return new Set(rows.map(({ contact_key }) => contact_key));
};

/** Requests that are due to become events, oldest first. */
export const dueOptOuts = async (db: QueryExecutorProvider, limit: number): Promise<readonly OptOutRequest[]> => {
  const { rows } = await sql<OptOutRequest>`
    select contact_key, requested_at, cause from ops.opt_out_request
    where recorded_position is null and next_attempt_at <= clock_timestamp() order by requested_at limit ${limit}`.execute(
    camelCased(db),
  );
  return rows;
};

/**
 * The request has become an event, at or before this position in `$all`. It still counts until the read models have that
 * event: other leads with the same address are found there.
 */
export const optOutRecorded = async (
  db: QueryExecutorProvider,
  { contactKey, requestedAt }: OptOutRequest,
  commitPosition: bigint,
): Promise<void> => {
  await sql`
    update ops.opt_out_request set recorded_position = ${String(commitPosition)}::bigint, last_error = null
    where contact_key = ${contactKey} and requested_at <= ${requestedAt}::timestamptz`.execute(db);
};

/** Removes the requests whose events have reached the read models. */
export const forgetProjectedOptOuts = async (db: QueryExecutorProvider): Promise<void> => {
  await sql`
    delete from ops.opt_out_request where recorded_position <= (
      select commit_position from ops.projection_build where name = 'leads' and state = 'live')`.execute(db);
};

/** The request could not become an event; it keeps counting, and is tried again a minute later. */
export const optOutFailed = async (db: QueryExecutorProvider, contactKey: string, error: string): Promise<void> => {
  await sql`
    update ops.opt_out_request
    set last_error = ${error}, next_attempt_at = clock_timestamp() + interval '1 minute'
    where contact_key = ${contactKey} and recorded_position is null`.execute(db);
};
