import { setTimeout as sleep } from 'node:timers/promises';
import { isOutage } from '../schedulers/outage.ts';
import type { SlackDeps } from './deps.ts';
import { handleRequest } from './handle.ts';
import { claimRequest, requestFailed, requestHandled } from './requests.ts';

/** How often to look for requests whose process died, or that must be retried. */
const sweepMs = 2_000;

export type SlackWorker = {
  /** Handles a request that was just kept. */
  readonly onKept: (slackRequestId: string) => void;
  /** Finishes what is in progress, and stops. */
  close(): Promise<void>;
};

/** Handles the requests from Slack: at once when they arrive, and repeatedly while a server is unavailable. */
export const startSlackWorker = (deps: SlackDeps): SlackWorker => {
  const stopped = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const onKept = (id: string | null): Promise<boolean> => {
    const work = handleNext(deps, id).catch((error: unknown) => {
      deps.log.warn({ err: error }, 'a request from Slack could not be read');
      return false;
    });
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
    return work;
  };
  const sweep = async () => {
    while (!stopped.signal.aborted) {
      await sleep(sweepMs, undefined, { signal: stopped.signal }).catch(() => {});
      while (!stopped.signal.aborted && (await onKept(null)));
    }
  };
  const sweeping = sweep();
  return {
    onKept: (id) => void onKept(id),
    async close() {
      stopped.abort();
      await Promise.all([sweeping, ...underWay]);
    },
  };
};

/**
 * Handles one request, if there is one to handle.
 *
 * @param id `null`: the oldest that waits
 * @returns whether there was one
 */
export const handleNext = async (deps: SlackDeps, id: string | null): Promise<boolean> => {
  const { db, log, errors } = deps;
  const request = await claimRequest(db, id);
  if (request === null) return false;
  const { slackRequestId } = request;
  try {
    await requestHandled(db, slackRequestId, await handleRequest(deps, request));
  } catch (error) {
    const givenUp = await requestFailed(db, request);
    log.warn({ err: error, slackRequestId, attempts: request.attempts }, 'a request from Slack could not be handled');
    if (!isOutage(error) && request.attempts === 1) errors?.report(error, { job: 'slack' });
    if (givenUp) await requestHandled(db, slackRequestId, 'given-up');
  }
  return true;
};
