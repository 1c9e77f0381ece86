import type { EventStorage, ProposedEvent } from '../../storage/types.ts';
import { adminsOnly, lastEvent, systemEvent } from './system-events.ts';

/** Where a group goes on after a restart: the text of a place up to which everything is done. */
export type CheckpointStore = {
  /** The last checkpoint written; undefined when there is none. */
  load(): Promise<string | undefined>;
  /** Writes the checkpoint soon. While one is being written only the newest of those that follow is kept. */
  save(place: string): void;
  /** Writes again what could not be written. */
  retry(): void;
  /** Resolves when nothing is being written. */
  settled(): Promise<void>;
  remove(): Promise<void>;
};

/** Keeps checkpoints in `$persistentsubscription-<group>-checkpoint`, as EventStoreDB does. */
export const createCheckpointStore = (storage: EventStorage, groupId: string): CheckpointStore => {
  const stream = `$persistentsubscription-${groupId}-checkpoint`;
  let pending: string | undefined;
  let writing: Promise<void> | undefined;
  let begun = false;

  const append = async (target: string, event: ProposedEvent): Promise<void> => {
    const result = await storage.append({ stream: target, expected: 'any', events: [event] });
    if (result.kind !== 'success') throw new Error(`${target} could not be written: ${result.kind}`);
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
        // PostgreSQL is away: the next tick tries again with the newest. Going on from an older one is only slower.
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
