import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { recordAggregates } from '../../commands/aggregates.ts';
import type { Loaded } from '../../commands/execute.ts';
import { sameMeaning } from '../../domain/changes.ts';
import type { Decider } from '../../domain/decider.ts';
import { type DomainEvent, streamName } from '../../domain/events.ts';
import type { EventMetadata } from '../../domain/metadata.ts';
import type { OwnedType } from '../../domain/ownership/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { isReadable, unreadableEvent } from '../../eventstore/stored-event.ts';
import type { AnyDatabase } from '../database.ts';
import { type Closing, type Conflict, closeConflicts, conflictsOf } from './conflicts.ts';
import { type Deps, unlessDecidingEach } from './deciding.ts';

type State = { readonly fields: Readonly<Record<string, unknown>> };

/** A conflict of which these fields are accepted. */
export const asAccepted = (
  conflict: Conflict,
  accepted: readonly string[],
): [Conflict, 'accepted' | 'partly accepted'] => {
  const names = Object.entries(conflict.fields);
  if (accepted.length === names.length) return [conflict, 'accepted'];
  const fields = names.map(([name, field]) => [name, { ...field, acceptedYN: accepted.includes(name) }] as const);
  return [{ ...conflict, fields: Object.fromEntries(fields) }, 'partly accepted'];
};

/**
 * Names a conflict as it is after an edit in the old CRM: the cause of the correction that accepts it. A later edit gives it
 * another name, even one back to the same values: no one has decided about that.
 */
export const causeOf = ({ conflictId, lastSeenAt, fields }: Conflict): string => {
  const theirs = Object.entries(fields).map(([name, { legacy }]) => [name, legacy]);
  return `conflict-${conflictId}-${hash('sha256', JSON.stringify([lastSeenAt, theirs])).slice(0, 16)}`;
};

/**
 * Reads the record of a conflict, once.
 * @returns the record as it is; and if someone accepted the conflict as it is now, and their process died before it had closed it, how to
 * close it: the correction is on record, and says who decided what, and why
 */
export const recordOf = async (
  store: EventStore,
  conflict: Conflict,
): Promise<{ readonly loaded: Loaded<State>; readonly accepted: Closing | undefined }> => {
  const { aggregate, recordKey, fields } = conflict;
  const { evolve, initialState } = recordAggregates[aggregate].decider as unknown as Decider<
    unknown,
    DomainEvent,
    State
  >;
  const causationId = causeOf(conflict);
  let loaded: Loaded<State> = { state: initialState, revision: 'no-stream' };
  let found: (State & { readonly context: Pick<EventMetadata, 'actor' | 'reason' | 'occurredAt'> }) | undefined;
  for await (const stored of store.readStream(streamName(aggregate, recordKey))) {
    if (!isReadable(stored)) throw unreadableEvent(stored);
    loaded = { state: evolve(loaded.state, stored.event), revision: stored.revision };
    if (stored.metadata.$causationId === causationId) found = { fields: loaded.state.fields, context: stored.metadata };
  }
  if (found === undefined) return { loaded, accepted: undefined };
  const then = found.fields;
  const accepted = Object.keys(fields).filter((name) => sameMeaning(then[name], fields[name]!.legacy));
  const [closed, resolution] = asAccepted(conflict, accepted);
  const { actor, reason, occurredAt } = found.context;
  const by = { by: actor.id, because: reason ?? null, at: new Date(occurredAt) };
  return { loaded, accepted: { conflict: closed, resolution, ...by } };
};

/**
 * Closes a conflict that someone accepted whose process died before it had closed it.
 * @returns the conflict as it is closed; `undefined` if no one accepted it as it is now
 */
export const finishAccepted = async (db: AnyDatabase, accepted: Closing | undefined): Promise<Conflict | undefined> => {
  if (accepted === undefined || (await closeConflicts(db, [accepted])).size === 0) return undefined;
  return { ...accepted.conflict, resolution: accepted.resolution, resolvedAt: accepted.at };
};

const pauseMs = 20;

/**
 * Does what may change or close the open conflicts of records, while no one is deciding about them. What was accepted until then is
 * closed first: otherwise it would count as undone, or as agreed by itself.
 * @param work is given each of the records once, some at a time. It reads them itself: what was read before may lack what a person has
 *   just accepted
 */
export const onceDecided = async (
  deps: Deps,
  aggregate: OwnedType,
  recordKeys: readonly string[],
  signal: AbortSignal,
  work: (db: AnyDatabase, recordKeys: readonly string[]) => Promise<void>,
): Promise<void> => {
  for (let left = recordKeys; ; ) {
    const open = await conflictsOf(deps.db, aggregate, left);
    // Only an import opens conflicts, and only one runs at a time.
    const decided = left.filter((key) => !open.has(key));
    if (decided.length > 0) await work(deps.db, decided);
    if (open.size === 0) return;
    const ids = [...open.values()].map(({ conflictId }) => conflictId);
    left = [...open.keys()];
    await unlessDecidingEach(deps, ids, async ({ db, store }, free) => {
      const mine = left.filter((key) => free.includes(open.get(key)!.conflictId));
      const stored = [...(await conflictsOf(db, aggregate, mine)).values()];
      const records = await Promise.all(stored.map((conflict) => recordOf(store, conflict)));
      await closeConflicts(
        db,
        records.flatMap(({ accepted }) => accepted ?? []),
      );
      await work(db, mine);
      left = left.filter((key) => !mine.includes(key));
    });
    if (left.length === 0) return;
    // Without a connection, which whoever decides may need.
    await sleep(pauseMs);
    signal.throwIfAborted();
  }
};
