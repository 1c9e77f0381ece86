import { parseStreamName, streamName } from '../../domain/events.ts';
import { type OwnedType, type Owner, ownedTypes } from '../../domain/ownership/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import {
  type InStream,
  isReadable,
  type StoredEvent,
  type UnreadableEvent,
  unreadableEvent,
} from '../../eventstore/stored-event.ts';

/** Who owns a record type, since when, and who decided it; `null` if no one ever did. Times are ISO 8601. */
export type Ownership = {
  readonly recordType: OwnedType;
  readonly owner: Owner;
  readonly since: string | null;
  readonly by: string | null;
  readonly because: string | null;
};

/** The ownership of every record type. */
export const loadOwnerships = async (store: EventStore): Promise<readonly Ownership[]> =>
  await Promise.all(ownedTypes.map((recordType) => loadOwnership(store, recordType)));

/** The ownership that an event of any stream begins; `undefined` if it begins none. */
export const ownershipChangedIn = (
  stored: InStream<StoredEvent> | InStream<UnreadableEvent>,
): Ownership | undefined => {
  if (parseStreamName(stored.streamName)?.aggregate !== 'ownership') return undefined;
  if (!isReadable(stored)) throw unreadableEvent(stored);
  const { event, metadata } = stored;
  if (event.type !== 'OwnershipChanged') return undefined;
  const { recordType, owner } = event.data;
  const { occurredAt: since, actor, reason = null } = metadata;
  return { recordType, owner, since, by: actor.id, because: reason };
};

const loadOwnership = async (store: EventStore, recordType: OwnedType): Promise<Ownership> => {
  let found: Ownership = { recordType, owner: 'legacy', since: null, by: null, because: null };
  for await (const stored of store.readStream(streamName('ownership', recordType))) {
    found = ownershipChangedIn(stored) ?? found;
  }
  return found;
};

/** The record types that openhouse owns. */
export const ownedByOpenhouse = async (store: EventStore): Promise<ReadonlySet<OwnedType>> =>
  new Set(
    (await loadOwnerships(store)).flatMap(({ recordType, owner }) => (owner === 'openhouse' ? [recordType] : [])),
  );
