import { streamName } from '../../domain/events.ts';
import { type OwnedType, type Owner, ownedTypes } from '../../domain/ownership/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { isReadable } from '../../eventstore/stored-event.ts';

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

const loadOwnership = async (store: EventStore, recordType: OwnedType): Promise<Ownership> => {
  let found: Ownership = { recordType, owner: 'legacy', since: null, by: null, because: null };
  for await (const stored of store.readStream(streamName('ownership', recordType))) {
    if (!isReadable(stored)) throw new Error(`${stored.streamName}@${stored.revision}: ${stored.unreadable.message}`);
    const { event, metadata } = stored;
    if (event.type !== 'OwnershipChanged') continue;
    found = {
      recordType,
      owner: event.data.owner,
      since: metadata.occurredAt,
      by: metadata.actor.id,
      because: metadata.reason ?? null,
    };
  }
  return found;
};

/** The record types that openhouse owns. */
export const ownedByOpenhouse = async (store: EventStore): Promise<ReadonlySet<OwnedType>> =>
  new Set(
    (await loadOwnerships(store)).flatMap(({ recordType, owner }) => (owner === 'openhouse' ? [recordType] : [])),
  );
