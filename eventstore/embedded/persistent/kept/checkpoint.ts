import type { EventStorage, ProposedEvent } from '../../storage/types.ts';
import { adminsOnly, lastEvent, systemEvent } from './system-events.ts';

/** Where a group resumes after a restart: the place up to which everything is done, as text. */
export type CheckpointStore = {
  /** The last checkpoint written; undefined when there is none. */
  load(): Promise<string | undefined>;
  /** Writes the checkpoint soon. While one is being written, only the newest of the following ones is kept. */
  save(place: string): void;
  /** Retries a failed write. */
  retry(): void;
  /** Resolves when no write is in progress. */
  settled(): Promise<void>;
  remove(): Promise<void>;
};

/** Stores checkpoints in `$persistentsubscription-<group>-checkpoint`, as EventStoreDB does. */
export const createCheckpointStore = (storage: EventStorage, groupId: string): CheckpointStore => {
  const stream = `$persistentsubscription-${groupId}-checkpoint`;
  let pending: string | undefined;
  let writing: Promise<void> | undefined;
  let begun = false;

  const append = async (target: string, event: ProposedEvent): Promise<void> => {
    const result = await storage.append({ stream: target, expected: 'any', events: [event] });
    if (result.kind !== 'success') throw new Error(`could not write ${target}: ${result.kind}`);
  };
  const writeAll = async (): Promise<void> => {
    while (pending !== undefined) {
      const place = pending;
      pending = undefined;
      try {
        if (!begun) await append(`$$${stream}`, systemEvent('$metadata', { $maxCount: 2, $acl: adminsOnly }));
        begun = true;
        await append(stream, systemEvent('SubscriptionCheckpoint', place));
      } catch {
        // PostgreSQL is unreachable: the next tick retries with the newest. Resuming from an older one is merely slower.
        pending ??= place;
        return;
      }
    }
  };
  const write = (): void => {
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
  };

  return {
    load: async () => {
      const last = await lastEvent(storage, stream);
      begun = last !== undefined;
      return last && (JSON.parse(last.data.toString()) as string);
    },
    save: (place) => {
      pending = place;
      write();
    },
    retry: () => {
      if (pending !== undefined) write();
    },
    settled: async () => {
      await writing;
    },
    remove: async () => {
      pending = undefined;
      await writing;
      await storage.delete({ stream, expected: 'any', how: 'soft' });
    },
  };
};
