import { setTimeout as sleep } from 'node:timers/promises';
import { isOutage } from '../schedulers/outage.ts';
import type { SlackDeps } from './deps.ts';
import { handleRequest } from './handle.ts';
import { claimRequest, requestFailed, requestHandled } from './requests.ts';

/** How often requests are looked for whose process died, or that have to be tried again. */
const sweepMs = 2_000;

export type SlackWorker = {
  /** Handles a request that was just kept. */
  readonly onKept: (slackRequestId: string) => void;
  /** Handles what is under way, and stops. */
  close(): Promise<void>;
};

/** Handles the requests of Slack: at once when they come, and again and again while a server is away. */
export const startSlackWorker = (deps: SlackDeps): SlackWorker => {
  const stopped = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const onKept = (id: string | null): Promise<boolean> => {
    const work = handleNext(deps, id).catch((error: unknown) => {
      deps.log.warn({ err: error }, 'a request of Slack could not be read');
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
    log.warn({ err: error, slackRequestId, attempts: request.attempts }, 'a request of Slack could not be handled');
    if (!isOutage(error) && request.attempts === 1) errors?.report(error, { job: 'slack' });
    if (givenUp) await requestHandled(db, slackRequestId, 'given-up');
  }
  return true;
};
