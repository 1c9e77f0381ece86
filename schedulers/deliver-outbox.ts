import { sql } from 'kysely';
import type { Claimed } from '../delivery/claims.ts';
import { type Delivery, sendDue } from '../delivery/send-due.ts';
import type { Transports } from '../delivery/transports.ts';
import type { JobDeps } from './deps.ts';

export type OutboxDeps = JobDeps & { readonly transports: Transports };

/**
 * Sends what is due in the outbox, until nothing is. A digest to somebody who opted out after it was queued is withheld.
 *
 * @example const transports = await openTransports(db, config); await deliverOutbox({ ...deps, transports });
 */
export const deliverOutbox = async ({ db, log, transports, signal }: OutboxDeps): Promise<Delivery> =>
  await sendDue({
    db,
    log,
    transports,
    ...(signal === undefined ? {} : { signal }),
    withhold: async (messages) => await optedOut({ db }, messages),
  });

const optedOut = async (
  { db }: Pick<JobDeps, 'db'>,
  messages: readonly Claimed<unknown>[],
): Promise<ReadonlyMap<string, string>> => {
  const digests = messages.filter(({ kind, contactKey }) => kind === 'alert-digest' && contactKey !== null);
  if (digests.length === 0) return new Map();
  const { rows } = await sql<{ contact_key: string }>`
    select contact_key from read.leads
    where email_opt_out and contact_key = any (${digests.map(({ contactKey }) => contactKey)})`.execute(db);
  const out = new Set(rows.map((row) => row.contact_key));
  return new Map(
    digests
      .filter(({ contactKey }) => out.has(contactKey!))
      .map(({ outboxId }) => [outboxId, 'the lead opted out after it was queued']),
  );
};
