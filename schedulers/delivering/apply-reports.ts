import { type Kysely, sql, type Transaction } from 'kysely';
import { keepOptOut, type OptOutCause } from '../../delivery/opt-out-requests.ts';
import { bounceMeans, bounceWords } from '../../delivery/reports/bounce-types.ts';
import { type Report, readReport } from '../../delivery/reports/read-report.ts';
import { recordFate } from '../../delivery/reports/record-fate.ts';
import { noteUndeliverable, recipientName } from '../../delivery/undeliverable.ts';
import { canonicalEmail } from '../../domain/identity/email-address.ts';
import { isConnectionLoss } from '../../platform/database/database.ts';
import { errorMessage } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging/log.ts';
import { camelCased } from '../../tables/database.ts';

type Deps = {
  readonly db: Kysely<unknown>;
  readonly log: Logger;
  /** The stream that we send through: Postmark suppresses addresses for each stream by itself. */
  readonly messageStream: string;
  readonly signal?: AbortSignal;
};

/** What came of a report: see docs/setting-up-postmark.md. */
type Result = 'recorded' | 'no-change' | 'other-message' | 'other-stream' | 'not-understood';

/**
 * Applies the reports of Postmark that wait, each in a transaction of its own: what became of the message, what follows for
 * its recipient, and that it is handled. One that fails is tried again later, and does not stop the others. Any number of
 * processes may do so at once.
 *
 * @returns how many were applied
 */
export const applyReports = async (deps: Deps): Promise<number> => {
  let applied = 0;
  while (deps.signal?.aborted !== true) {
    const outcome = await applyNext(deps);
    if (outcome === 'none') return applied;
    if (outcome === 'applied') applied++;
  }
  return applied;
};

type Waiting = {
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly receivedAt: Date;
};

const applyNext = async ({ db, log, messageStream }: Deps): Promise<'applied' | 'failed' | 'none'> => {
  let taken: Waiting | undefined;
  try {
    return await db.transaction().execute(async (transaction) => {
      const { rows } = await sql<Waiting>`
        select postmark_report_id as id, payload, received_at from ops.postmark_report
        where handled_at is null and next_attempt_at <= clock_timestamp()
        order by next_attempt_at, postmark_report_id limit 1 for update skip locked`.execute(camelCased(transaction));
      [taken] = rows;
      if (taken === undefined) return 'none';
      const report = readReport(taken.payload, taken.receivedAt);
      const { result, outboxId } =
        report === null
          ? { result: 'not-understood' as const, outboxId: null }
          : await apply(transaction, report, messageStream);
      await sql`
        update ops.postmark_report
        set handled_at = clock_timestamp(), result = ${result}, outbox_id = ${outboxId}::uuid, last_error = null,
          payload = case when ${result === 'not-understood'} then payload end
        where postmark_report_id = ${taken.id}`.execute(transaction);
      return 'applied';
    });
  } catch (error) {
    if (taken === undefined || isConnectionLoss(error)) throw error;
    // Its text may quote an address.
    log.error({ err: error, postmarkReportId: taken.id }, 'a report of Postmark could not be applied');
    await sql`
      update ops.postmark_report
      set attempts = attempts + 1, last_error = ${errorMessage(error)},
        next_attempt_at = clock_timestamp() + make_interval(secs => least(3600, 10 * 2 ^ least(attempts, 10)))
      where postmark_report_id = ${taken.id} and handled_at is null`.execute(db);
    return 'failed';
  }
};

type Message = {
  readonly outboxId: string;
  readonly contactKey: string | null;
  readonly memberKey: string | null;
};

const apply = async (
  transaction: Transaction<unknown>,
  report: Report,
  messageStream: string,
): Promise<{ readonly result: Result; readonly outboxId: string | null }> => {
  const message = await findMessage(transaction, report);
  const outboxId = message?.outboxId ?? null;
  if (message === null) {
    // A change of the list of suppressed addresses is about an address, and not about the message that led to it.
    if (report.kind !== 'subscription') return { result: 'other-message', outboxId };
    if (report.messageStream !== messageStream) return { result: 'other-stream', outboxId };
  } else {
    await wasSent(transaction, message, report);
    await recordFate(transaction, message.outboxId, report);
  }
  const followed = await follow(transaction, report, message);
  return { result: followed || message !== null ? 'recorded' : 'no-change', outboxId };
};

/**
 * The message that a report is about: by our ID of it, which we sent along as metadata, or by Postmark's. A report on an
 * attempt that got no answer comes before we know Postmark's ID.
 */
const findMessage = async (transaction: Transaction<unknown>, report: Report): Promise<Message | null> => {
  const { rows } = await sql<Message>`
    select outbox_id, contact_key, member_key from ops.outbox
    where channel = 'email'
      and (outbox_id = ${report.outboxId}::uuid or provider_message_id = ${report.messageId})
    order by outbox_id = ${report.outboxId}::uuid desc nulls last limit 1`.execute(camelCased(transaction));
  return rows[0] ?? null;
};

/** What Postmark reports on was sent, even if it gave us no answer then: it is not sent again, and no one has to decide. */
const wasSent = async (
  transaction: Transaction<unknown>,
  { outboxId }: Message,
  { messageId, at, kind, recipient }: Report,
): Promise<void> => {
  if (kind === 'subscription' || messageId === null) return;
  await sql`
    update ops.outbox
    set state = 'sent', provider_message_id = ${messageId}, sent_at = least(${at}::timestamptz, clock_timestamp()),
      maybe_sent_yn = false, unanswered_at = null, lookups = 0, failed_lookups = 0, last_error = null
    where outbox_id = ${outboxId} and state in ('pending', 'unconfirmed') and lower(recipient) = lower(${recipient})`.execute(
    transaction,
  );
};

/** What follows for the person and the address. @returns whether anything changed */
const follow = async (transaction: Transaction<unknown>, report: Report, message: Message | null): Promise<boolean> => {
  const stop = async (reason: string, refusal: 'inactive' | 'invalid' = 'inactive') =>
    await block(transaction, report, { reason, refusal, outboxId: message?.outboxId ?? null });
  const optOut = async (cause: OptOutCause) => await optOutAll(transaction, report, message, cause);
  switch (report.kind) {
    case 'bounce': {
      const { bounceType } = report;
      const means = bounceMeans(bounceType, report.deactivated);
      if (means === 'opt-out') await optOut('unsubscribed-at-postmark');
      if (means === 'hard') {
        await stop(
          `an e-mail bounced: ${bounceWords(bounceType)}`,
          bounceType === 'BadEmailAddress' ? 'invalid' : 'inactive',
        );
      }
      return means === 'opt-out' || means === 'hard';
    }
    case 'complaint':
      await optOut('spam-complaint');
      await stop('an e-mail was marked as spam');
      return true;
    case 'subscription': {
      if (!report.suppressed) return await reactivate(transaction, report);
      const { reason, origin } = report;
      if (reason === 'SpamComplaint') await optOut('spam-complaint');
      // By the brokerage (Customer) or Postmark (Admin), it is not the person's decision.
      else if (reason !== 'HardBounce' && origin === 'Recipient') await optOut('unsubscribed-at-postmark');
      const why: Readonly<Record<string, string>> = {
        HardBounce: 'an e-mail bounced',
        SpamComplaint: 'an e-mail was marked as spam',
      };
      await stop(
        why[reason] ?? (origin === 'Recipient' ? 'they unsubscribed at Postmark' : 'it was suppressed at Postmark'),
      );
      return true;
    }
    default:
      return false;
  }
};

/** Nothing more is sent to the address, unless it was reactivated after this. */
const block = async (
  transaction: Transaction<unknown>,
  { recipient, at }: Report,
  one: { readonly reason: string; readonly refusal: 'inactive' | 'invalid'; readonly outboxId: string | null },
): Promise<void> => {
  const name = recipientName('email', recipient);
  const { rows } = await sql`
    select from ops.reactivated_address where recipient = ${name} and reactivated_at > ${at}::timestamptz`.execute(
    transaction,
  );
  if (rows.length > 0) return;
  await noteUndeliverable(transaction, {
    channel: 'email',
    recipient,
    refusal: one.refusal,
    reason: `Postmark reported that ${one.reason}`,
    outboxId: one.outboxId,
    since: at,
  });
};

/**
 * The address was reactivated at Postmark: it may be written to again, unless it was blocked after that. Whoever opted out
 * stays opted out, whatever Postmark says.
 */
const reactivate = async (transaction: Transaction<unknown>, { recipient, at }: Report): Promise<boolean> => {
  const name = recipientName('email', recipient);
  await sql`
    insert into ops.reactivated_address as before (recipient, reactivated_at) values (${name}, ${at}::timestamptz)
    on conflict (recipient) do update
    set reactivated_at = greatest(before.reactivated_at, excluded.reactivated_at)`.execute(transaction);
  const { numAffectedRows } = await sql`
    delete from ops.undeliverable_recipient
    where channel = 'email' and recipient = ${name} and since <= ${at}::timestamptz`.execute(transaction);
  return (numAffectedRows ?? 0n) > 0n;
};

/**
 * The lead to whom the message went has opted out. If no message is named (or it went to an agent), every lead with that
 * address has.
 */
const optOutAll = async (
  transaction: Transaction<unknown>,
  { recipient, at }: Report,
  message: Message | null,
  cause: OptOutCause,
): Promise<void> => {
  const contactKeys =
    message?.contactKey != null && message.memberKey === null
      ? [message.contactKey]
      : await leadsWith(transaction, canonicalEmail(recipient) ?? recipient.toLowerCase());
  for (const contactKey of contactKeys) await keepOptOut(transaction, { contactKey, requestedAt: at, cause });
};

const leadsWith = async (transaction: Transaction<unknown>, address: string): Promise<readonly string[]> => {
  const { rows } = await sql<{ contactKey: string }>`
    select contact_key from read.leads where email = ${address}
    union select contact_key from read.leads where other_emails @> array[${address}]
    order by 1`.execute(camelCased(transaction));
  return rows.map(({ contactKey }) => contactKey);
};
