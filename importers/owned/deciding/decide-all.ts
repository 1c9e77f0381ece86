import { hostname } from 'node:os';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { fencedStore } from '../../../eventstore/fenced-store.ts';
import { withLease } from '../../../platform/lease/with-lease.ts';
import { reasonInRecord } from '../../apply/append-plan.ts';
import { inFlight } from '../../apply/in-flight.ts';
import type { AnyDatabase } from '../../database.ts';
import type { ImportDeps } from '../../deps.ts';
import { asAccepted, recordOf } from '../../differences/accepted.ts';
import {
  type Closing,
  type Conflict,
  closeConflicts,
  conflictsToDecide,
  updateOpen,
} from '../../differences/conflicts.ts';
import { oneAtATimeEach } from '../../differences/deciding.ts';
import { correctAsThere, withOurs } from '../resolve-conflict.ts';
import { type Decision, decisionNumbered, endDecision, noteRejected, unfinishedDecisions } from './decision.ts';

const batchSize = 200;
const recordsInFlight = 32;

/** A conflict that stays open because its record does not take the values, or cannot be read. */
export type Rejected = { readonly conflictId: string; readonly message: string };

type Options = {
  readonly signal?: AbortSignal | undefined;
  /** Waits while another process carries decisions out; otherwise that one does it. */
  readonly wait: boolean;
};

/**
 * Carries out every decision that is not carried out completely, also those whose process died: each conflict is decided once, in the
 * name of the person who decided. A conflict whose sides have changed stays open.
 * @returns some of the conflicts that stay open because their values are not valid for the records
 * @throws what the signal was aborted with; what is done until then stays done, and the next call continues
 */
export const carryOutDecisions = async (deps: ImportDeps, { signal, wait }: Options): Promise<readonly Rejected[]> => {
  if ((await unfinishedDecisions(deps.db)).length === 0) return [];
  const { signal: never } = new AbortController();
  const onWait = () =>
    deps.say?.('another process is deciding about conflicts; this one continues when it has finished');
  const holder = `decisions (pid ${process.pid} on ${hostname()})`;
  const holding = { holder, lastsMs: 10_000, ...(wait && { wait: { signal: signal ?? never, onWait } }) };
  const done = await withLease(deps.db, 'conflict-decisions', holding, async ({ lease, db }) => {
    const until = AbortSignal.any([lease.lost, ...(signal === undefined ? [] : [signal])]);
    const rejected: Rejected[] = [];
    const store = fencedStore(deps.store, db, lease);
    for (const decision of await unfinishedDecisions(db))
      rejected.push(...(await carryOut({ ...deps, db, store }, decision, until)));
    return rejected;
  });
  return done.held ? done.result : [];
};

const carryOut = async (deps: ImportDeps, decision: Decision, signal: AbortSignal): Promise<readonly Rejected[]> => {
  const { db, store, clock } = deps;
  const { decisionId, selected, left } = decision;
  const bar = deps.progress?.('conflicts', selected, 'conflicts');
  const rejected: Rejected[] = [];
  try {
    for (let done = selected - left; ; ) {
      signal.throwIfAborted();
      bar?.update(done);
      const batch = await conflictsToDecide(db, decisionId, batchSize);
      if (batch.length === 0) break;
      const ids = batch.map(({ conflictId }) => conflictId);
      const refused = await oneAtATimeEach({ db, store }, ids, async (deps) => {
        // Whoever decided about one of them a moment ago has finished.
        const still = await conflictsToDecide(deps.db, decisionId, batchSize);
        const mine = still.filter(({ conflictId }) => ids.includes(conflictId));
        return await decideEach(deps, decision, mine, clock.now(), signal);
      });
      rejected.push(...refused.slice(0, 20 - rejected.length));
      done += batch.length;
    }
  } finally {
    bar?.stop();
  }
  await endDecision(db, decisionId, clock.now());
  return rejected;
};

/** Decides about these conflicts. Corrections go to their records next to each other; the rest is done for all of them together. */
const decideEach = async (
  { db, store }: { readonly db: AnyDatabase; readonly store: EventStore },
  { decisionId, action, acceptedFields, context }: Decision,
  conflicts: readonly Conflict[],
  now: Date,
  signal: AbortSignal,
): Promise<readonly Rejected[]> => {
  const closings: Closing[] = [];
  const changed: Conflict[] = [];
  const rejected: Rejected[] = [];
  const by = { by: context.actor.id, because: context.reason ?? null, at: now };
  try {
    const decideOne = async (conflict: Conflict) => {
      const { loaded, accepted: earlier } = await recordOf(store, conflict);
      if (earlier !== undefined) return void closings.push(earlier);
      const before = withOurs(conflict, loaded.state.fields);
      if (before !== conflict) return void changed.push(before);
      if (action === 'refuse') return void closings.push({ conflict, resolution: 'refused', ...by });
      const accepted = Object.keys(conflict.fields).filter((name) => acceptedFields?.includes(name) ?? true);
      const { present, result } = await correctAsThere(store, conflict, accepted, context, loaded);
      if (present !== conflict) return void changed.push(present);
      if (result.outcome !== 'refused') {
        const [closed, resolution] = asAccepted(conflict, accepted);
        return void closings.push({ conflict: closed, resolution, ...by });
      }
      rejected.push({ conflictId: conflict.conflictId, message: result.rejection.message });
    };
    await inFlight(conflicts, recordsInFlight, async (conflict) => {
      signal.throwIfAborted();
      await decideOne(conflict).catch((error: unknown) => {
        const reason = reasonInRecord(error);
        if (reason === undefined) throw error;
        rejected.push({ conflictId: conflict.conflictId, message: reason.message });
      });
    });
  } finally {
    // Also after a failure: what was corrected stays corrected.
    await closeConflicts(db, closings, decisionId);
    await updateOpen(db, changed);
    if (rejected.length > 0)
      await noteRejected(
        db,
        decisionId,
        rejected.map(({ conflictId }) => conflictId),
      );
  }
  return rejected;
};

/** How far a decision was carried out. */
export const decisionNow = async (db: AnyDatabase, decisionId: string): Promise<Decision> => {
  const found = await decisionNumbered(db, decisionId);
  if (found === undefined) throw new Error(`there is no decision ${decisionId}`);
  return found;
};
