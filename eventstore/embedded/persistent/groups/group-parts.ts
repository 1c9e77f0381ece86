import type { ConsumerStrategy } from '../consumers/consumer-strategy.ts';
import type { CheckpointStore } from '../kept/checkpoint.ts';
import type { ParkedMessages } from '../kept/parked-messages.ts';
import type { GroupSettings } from '../settings.ts';
import type { Source } from '../source/source.ts';

/** What a group is made of. */
export type GroupParts = {
  name: string;
  settings: GroupSettings;
  source: Source;
  strategy: ConsumerStrategy;
  checkpoints: CheckpointStore;
  parked: ParkedMessages;
  /** Where to start without a checkpoint when the settings say END: the source's end at the time they were made. */
  liveFrom: number;
  log(message: string, details: Record<string, unknown>): void;
};

/** The most events one read asks for, whatever the settings say. */
const maxReadBatch = 500;

/** How many events are read at a time. */
export const batchOf = (settings: GroupSettings): number => Math.min(Math.max(settings.readBatchSize, 1), maxReadBatch);
