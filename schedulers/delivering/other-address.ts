import { type Kysely, sql } from 'kysely';
import { loadLead } from '../../commands/leads/load-lead.ts';
import type { Claimed } from '../../delivery/claims.ts';
import { readUndeliverable, recipientName } from '../../delivery/undeliverable.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { isPassedOver } from '../recipients/refused-address.ts';

/**
 * Another address of the person for whom a message is, if its address was refused: the lead's next own address that is
 * not refused too. It skips addresses that an agent has (agents put their own into their buyers' records) and addresses
 * for which anyone has opted out.
 */
export const otherAddress = async (
  { db, store }: { readonly db: Kysely<unknown>; readonly store: EventStore },
  { contactKey, memberKey, recipient }: Claimed<unknown>,
): Promise<string | null> => {
  // What is for an agent does not go to the lead.
  if (contactKey === null || memberKey !== null) return null;
  const { state } = await loadLead(store, contactKey);
  const { email, otherEmails } = state.fields;
  const addresses = [email ?? [], otherEmails ?? []].flat();
  const refused = await readUndeliverable(db, 'email', addresses);
  const candidates = addresses.filter((address) => {
    const name = recipientName('email', address);
    return name !== recipientName('email', recipient) && !refused.has(name);
  });
  if (state.emailOptOut || candidates.length === 0) return null;
  const { rows } = await sql<{ address: string }>`
    select address from unnest(${candidates}::text[]) as address
    where ${isPassedOver(sql`address`)}`.execute(db);
  const passedOver = new Set(rows.map((row) => row.address));
  return candidates.find((address) => !passedOver.has(address)) ?? null;
};
