import { setTimeout as sleep } from 'node:timers/promises';
import { type Delivery, sendDue } from '../../delivery/sending/send-due.ts';
import type { Transports } from '../../delivery/sending/transports.ts';
import { checkEventStore } from '../check-event-store.ts';
import type { StoreDeps } from '../deps.ts';
import { applyReports } from './apply-reports.ts';
import { notToBeSent } from './not-to-be-sent.ts';
import { otherAddress } from './other-address.ts';
import { recordOptOuts } from './record-opt-outs.ts';

export type OutboxDeps = StoreDeps & { readonly transports: Transports };

/**
 * Sends what is due in the outbox, until nothing is. Messages that must no longer go out (the lead has opted out, the
 * offer is no longer open) are withheld.
 *
 * What Postmark has reported is applied first, so that nothing more goes to an address that bounced or complained.
 * Opt-outs that came while the event store was down become events first. If that fails, they count all the same.
 *
 * Nothing goes out while event store and database do not match: if an older database was restored, waiting messages may
 * already have been sent by the lost one; if an older event store was restored, opt-outs may be missing. Everything
 * then waits for `openhouse recover`.
 *
 * @example const transports = await openTransports(db, config); await deliverOutbox({ ...deps, transports });
 */
export const deliverOutbox = async ({ db, store, log, transports, signal }: OutboxDeps): Promise<Delivery> => {
  const { messageStream } = transports;
  // If nothing can be applied, nothing can be sent either; and one report that cannot be is no reason to send nothing.
  await applyReports({ db, log, messageStream, ...(signal === undefined ? {} : { signal }) });
  await recordOptOuts({ db, store, log }).catch((error: unknown) => {
    log.warn({ err: error }, 'opt-outs could not be recorded yet');
  });
  return await sendDue({
    db,
    log,
    transports,
    ...(signal === undefined ? {} : { signal }),
    otherAddress: async (message) => await otherAddress({ db, store }, message),
    withhold: async (messages) => {
      await checkEventStore(db, store, ['leads']);
      return await notToBeSent({ db, store }, messages);
    },
  });
};

/** The same, and waits for what only waits for its channel's pace. */
export const deliverAll = async (deps: OutboxDeps): Promise<Delivery> => {
  const delivery = await deliverOutbox(deps);
  if (delivery.againAfterMs === undefined || deps.signal?.aborted) return delivery;
  await sleep(delivery.againAfterMs);
  const later = await deliverAll(deps);
  return { ...later, counts: sum(delivery.counts, later.counts) };
};

const sum = (one: Delivery['counts'], other: Delivery['counts']): Delivery['counts'] => ({
  sent: one.sent + other.sent,
  previewed: one.previewed + other.previewed,
  failed: one.failed + other.failed,
  retried: one.retried + other.retried,
  withheld: one.withheld + other.withheld,
});
