import type { QueryExecutorProvider } from 'kysely';
import { optOut } from '../../commands/leads/consent.ts';
import {
  dueOptOuts,
  forgetProjectedOptOuts,
  type OptOutCause,
  type OptOutRequest,
  optOutFailed,
  optOutRecorded,
} from '../../delivery/opt-out-requests.ts';
import { deterministicId } from '../../eventstore/event-id.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { errorMessage } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging/log.ts';
import { isOutage } from '../outage.ts';

type Deps = { readonly db: QueryExecutorProvider; readonly store: EventStore };

const batchSize = 100;

/** Where an opt-out came from, and how, as the history shows it. */
const sources: Readonly<Record<OptOutCause, string>> = {
  'unsubscribe-link': 'unsubscribe-link',
  'spam-complaint': 'postmark',
  'unsubscribed-at-postmark': 'postmark',
};
const reasons: Readonly<Record<OptOutCause, string>> = {
  'unsubscribe-link': 'The link in an e-mail',
  'spam-complaint': 'The person marked an e-mail as spam',
  'unsubscribed-at-postmark': 'The person unsubscribed, Postmark reports',
};

/**
 * Turns a stored request (see delivery/opt-out-requests.ts) into an event of its lead. A request for a lead that the
 * event store does not have (an older backup was restored) stays stored.
 *
 * @throws if the event store does not answer; then the request stays stored, too
 */
export const recordOptOut = async ({ db, store }: Deps, request: OptOutRequest): Promise<void> => {
  const { contactKey, requestedAt, cause } = request;
  const conversation = deterministicId(`${contactKey} asked to stop at ${requestedAt.toISOString()}`);
  const result = await optOut(store, contactKey, {
    actor: { kind: 'system', id: sources[cause] },
    source: sources[cause],
    occurredAt: requestedAt.toISOString(),
    correlationId: conversation,
    causationId: conversation,
    reason: reasons[cause],
  });
  if (result.ok) {
    // Without an event, the lead had opted out before: somewhere up to here.
    const position = result.position ?? (await store.lastPosition());
    await optOutRecorded(db, request, position?.commit ?? 0n);
  } else await optOutFailed(db, contactKey, result.rejection.message);
};

/**
 * Turns the requests that are due into events, and removes those that the read models have. One that fails stays stored,
 * and does not stop the others.
 */
export const recordOptOuts = async ({ db, store, log }: Deps & { readonly log: Logger }): Promise<void> => {
  await forgetProjectedOptOuts(db);
  for (const request of await dueOptOuts(db, batchSize)) {
    try {
      await recordOptOut({ db, store }, request);
    } catch (error) {
      if (isOutage(error)) throw error;
      await optOutFailed(db, request.contactKey, errorMessage(error));
      log.error({ err: error, contactKey: request.contactKey }, 'an opt-out could not be recorded; it counts anyway');
    }
  }
};
