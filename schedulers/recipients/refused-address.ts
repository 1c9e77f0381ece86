import { type RawBuilder, sql } from 'kysely';
import { isOptedOutAddress } from './opted-out-address.ts';

/**
 * SQL: whether an address of a lead must not replace the one that was refused: an agent has it (agents put their own
 * into their buyers' records), or someone with that address opted out.
 */
export const isPassedOver = (address: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`(
  exists (select from read.agents where lower(member_email) = lower(${address})) or ${isOptedOutAddress(address)})`;

/**
 * SQL: whether an e-mail to this lead would reach no one: the provider permanently refused the address, and there is no
 * other one to use. A person who complained or whose mailbox bounced is not written to at another address either.
 */
export const isUnreachable = (lead: {
  readonly email: RawBuilder<unknown>;
  readonly otherEmails: RawBuilder<unknown>;
}): RawBuilder<boolean> => sql<boolean>`exists (
  select from ops.undeliverable_recipient as refused
  where refused.channel = 'email' and refused.recipient = lower(${lead.email})
    and (refused.refusal = 'inactive' or not exists (
      select from unnest(${lead.otherEmails}) as alternative (address)
      where lower(alternative.address) <> lower(${lead.email})
        and not exists (
          select from ops.undeliverable_recipient as also where also.channel = 'email' and also.recipient = lower(alternative.address)
        )
        and not ${isPassedOver(sql`alternative.address`)}
    ))
)`;
