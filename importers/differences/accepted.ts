import { hash } from 'node:crypto';
import { recordAggregates } from '../../commands/aggregates.ts';
import { sameMeaning } from '../../domain/changes.ts';
import type { Decider } from '../../domain/decider.ts';
import { type DomainEvent, streamName } from '../../domain/events.ts';
import type { EventMetadata } from '../../domain/metadata.ts';
import type { OwnedType } from '../../domain/ownership/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { isReadable, unreadableEvent } from '../../eventstore/stored-event.ts';
import { type Closing, type Conflict, closeConflicts, conflictsOf } from './conflicts.ts';
import { type Deps, unlessDecidingEach } from './deciding.ts';

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
 * How to close a conflict that someone accepted whose process died before it had closed it: the correction is on record, and says who
 * decided what, and why; `undefined` if no one accepted it as it is now.
 */
export const acceptedBefore = async (store: EventStore, conflict: Conflict): Promise<Closing | undefined> => {
  const { aggregate, recordKey, fields } = conflict;
  const found = await stateAfter(store, aggregate, recordKey, causeOf(conflict));
  if (found === undefined) return undefined;
  const accepted = Object.keys(fields).filter((name) => sameMeaning(found.fields[name], fields[name]!.legacy));
  const [closed, resolution] = asAccepted(conflict, accepted);
  const { actor, reason, occurredAt } = found.context;
  return { conflict: closed, resolution, by: actor.id, because: reason ?? null, at: new Date(occurredAt) };
};

/** Closes it. @returns the conflict as it is closed; `undefined` if no one accepted it as it is now */
export const finishAccepted = async ({ db, store }: Deps, conflict: Conflict): Promise<Conflict | undefined> => {
  const closing = await acceptedBefore(store, conflict);
  if (closing === undefined || (await closeConflicts(db, [closing])).size === 0) return undefined;
  return { ...closing.conflict, resolution: closing.resolution, resolvedAt: closing.at };
};

/**
 * The same for the open conflicts of these records, unless someone is deciding about them at the moment. To be called before a further
 * edit is noted: that one would change the conflict, and what was accepted would count as undone, or as agreed by itself.
 */
export const closeAccepted = async (deps: Deps, aggregate: OwnedType, recordKeys: readonly string[]): Promise<void> => {
  const open = [...(await conflictsOf(deps.db, aggregate, recordKeys)).values()];
  if (open.length === 0) return;
  const ids = open.map(({ conflictId }) => conflictId);
  await unlessDecidingEach(deps, ids, async ({ db, store }, free) => {
    const stored = [...(await conflictsOf(db, aggregate, recordKeys)).values()];
    const mine = stored.filter(({ conflictId }) => free.includes(conflictId));
    const closings = await Promise.all(mine.map((conflict) => acceptedBefore(store, conflict)));
    await closeConflicts(
      db,
      closings.filter((closing) => closing !== undefined),
    );
  });
};

type State = { readonly fields: Readonly<Record<string, unknown>> };

/** A record's fields after the last events with this cause, and who caused them; `undefined` if there are none. */
const stateAfter = async (
  store: EventStore,
  aggregate: OwnedType,
  recordKey: string,
  causationId: string,
): Promise<(State & { readonly context: Pick<EventMetadata, 'actor' | 'reason' | 'occurredAt'> }) | undefined> => {
  const { evolve, initialState } = recordAggregates[aggregate].decider as unknown as Decider<
    unknown,
    DomainEvent,
    State
  >;
  let state = initialState;
  let found: Awaited<ReturnType<typeof stateAfter>>;
  for await (const stored of store.readStream(streamName(aggregate, recordKey))) {
    if (!isReadable(stored)) throw unreadableEvent(stored);
    state = evolve(state, stored.event);
    if (stored.metadata.$causationId === causationId) found = { fields: state.fields, context: stored.metadata };
  }
  return found;
};
