import { sql } from 'kysely';
import { leads } from '../../commands/aggregates.ts';
import { execute } from '../../commands/execute.ts';
import type { LeadCommand } from '../../domain/lead/index.ts';
import { minutesOf, type Policy } from '../../domain/routing-policy/index.ts';
import type { PolicyMember } from '../../matching/policy/members.ts';
import { endOfChain } from '../../matching/policy/members.ts';
import { isOpenLeadRow } from '../../projections/leads/open-lead.ts';
import { camelCased } from '../../tables/database.ts';
import { type JobRun, originOf } from '../define-job.ts';
import type { StoreDeps } from '../deps.ts';
import { type FailedLead, oneByOne } from './one-by-one.ts';

/**
 * The timers of lead routing are times in PostgreSQL, and not in any process: when an offer expires, and since when an
 * agent has had a lead. The next run, in any process and also after a restart, finds those that are due. Each fires
 * once, because the command decides by the lead's stream.
 *
 * A time that lies far ahead was written while a clock was wrong. It would keep a timer from firing until then, so it counts as due.
 */

/** A time after this one was written while a clock was wrong. One that is less ahead comes right by itself within the hour. */
const aheadOf = (now: Date): Date => new Date(now.getTime() + 60 * 60_000);

/** Ends the offers that have expired, or were made while a clock was ahead. @returns the leads that are no longer on offer */
export const expireOffers = async (
  deps: StoreDeps & JobRun,
  history: bigint,
  failed: FailedLead[],
): Promise<readonly string[]> => {
  const { db, store, clock, signal } = deps;
  const now = clock.now();
  const { rows } = await sql<{ contactKey: string; offerKey: string; expired: boolean; offeredAt: Date }>`
    select contact_key, offer_key, offer_expires_at <= ${now} as expired,
      offered_at
    from read.leads
    where offer_key is not null and owner_member_key is null and position > ${history}
      and (offer_expires_at <= ${now} or (offer_expires_at > ${aheadOf(now)} and offered_at > ${aheadOf(now)}))
    order by offer_expires_at, contact_key`.execute(camelCased(db));
  const expired: string[] = [];
  for (const { contactKey, offerKey, expired: isDue, offeredAt } of rows) {
    if (signal.aborted) break;
    const command: LeadCommand = isDue
      ? { type: 'ExpireOffer', offerKey, now: now.toISOString() }
      : { type: 'WithdrawOffer', offerKey, reason: `A clock was wrong: it is dated ${offeredAt.toISOString()}` };
    const result = await oneByOne(deps, contactKey, failed, () =>
      execute(store, leads, contactKey, [command], originOf(deps, now)),
    );
    if (result?.ok && result.events.length > 0) expired.push(contactKey);
  }
  return expired;
};

type Waiting = {
  readonly contactKey: string;
  readonly memberKey: string;
  readonly minutes: number;
  readonly reminded: boolean;
};

/**
 * Reminds agents who got a lead in openhouse and have not responded, and then escalates to the person at the end of the
 * chain.
 *
 * @returns how many were reminded, and how many escalated
 */
export const watchFirstResponses = async (
  deps: StoreDeps & JobRun,
  { policy, policyVersion }: { readonly policy: Policy; readonly policyVersion: number },
  members: Iterable<PolicyMember>,
  history: bigint,
  failed: FailedLead[],
): Promise<{ readonly reminded: number; readonly escalated: number }> => {
  const { remindAfter, escalateAfter } = policy.firstResponse ?? {};
  const remindMinutes = remindAfter === undefined ? Number.POSITIVE_INFINITY : minutesOf(remindAfter);
  const escalateMinutes = escalateAfter === undefined ? Number.POSITIVE_INFINITY : minutesOf(escalateAfter);
  const first = Math.min(remindMinutes, escalateMinutes);
  const none = { reminded: 0, escalated: 0 };
  if (!Number.isFinite(first)) return none;
  const { db, store, clock, signal } = deps;
  const now = clock.now();
  const person = endOfChain(policy, null, [...members]);
  const { rows } = await sql<Waiting>`
    select contact_key, owner_member_key as member_key,
      case when assigned_at > ${aheadOf(now)} then ${first}::float8
        else extract(epoch from ${now}::timestamptz - assigned_at) / 60 end::float8 as minutes,
      response_reminded_at is not null as reminded
    from read.leads
    where first_response_at is null
      and (assigned_at <= ${new Date(now.getTime() - first * 60_000)} or assigned_at > ${aheadOf(now)})
      and assigned_how in ('accepted', 'byHand', 'escalated') and escalation_reason is distinct from 'no-first-response'
      and ${isOpenLeadRow} and position > ${history}
      and (response_reminded_at is null or assigned_at <= ${new Date(now.getTime() - Math.min(escalateMinutes, 5e7) * 60_000)})
    order by assigned_at, contact_key`.execute(camelCased(db));
  const done = { ...none };
  for (const { contactKey, memberKey, minutes, reminded } of rows) {
    if (signal.aborted) break;
    const late = minutes >= escalateMinutes;
    // The person at the end of the chain has no one to escalate to, and is reminded instead.
    const to = late && person !== null && person !== memberKey ? person : null;
    if (to === null && reminded) continue;
    const detail = `No one got in touch within ${escalateAfter}`;
    const result = await oneByOne(deps, contactKey, failed, () =>
      execute(
        store,
        leads,
        contactKey,
        [
          to === null
            ? { type: 'RemindOwner', memberKey }
            : { type: 'EscalateLead', memberKey: to, escalationReason: 'no-first-response', detail, policyVersion },
        ],
        originOf(deps, now),
      ),
    );
    if (!result?.ok || result.events.length === 0) continue;
    if (to === null) done.reminded++;
    else done.escalated++;
  }
  return done;
};
