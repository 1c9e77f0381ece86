import type { FilterExpression } from '../../grpc/streams/filter.ts';
import type { EventStorage } from '../../storage/types.ts';
import type { GroupSettings } from '../settings.ts';
import { lastEvent, systemEvent } from './system-events.ts';

/** A group as stored; `stream` is `$all` for groups on `$all`. */
export type GroupConfig = GroupSettings & {
  stream: string;
  group: string;
  filter: FilterExpression | undefined;
  /** The source's end when the settings were made: where END begins, also after a restart. */
  liveFrom: number;
};

type Stored = { version: string; updated: string; entries: StoredEntry[] };
type StoredEntry = Omit<GroupConfig, 'filter'> & {
  filter?: { context: string; type: string; data: string | readonly string[]; isAllStream: boolean };
};

const stream = '$persistentSubscriptionConfig';

const storedFilter = (filter: FilterExpression | undefined): StoredEntry['filter'] =>
  filter && {
    context: filter.on === 'stream' ? 'streamid' : 'eventtype',
    isAllStream: true,
    ...(filter.regex === '' ? { type: 'prefix', data: filter.prefixes } : { type: 'regex', data: filter.regex }),
  };

const filterOf = (stored: StoredEntry['filter']): FilterExpression | undefined => {
  if (!stored) return undefined;
  const on = stored.context === 'streamid' ? 'stream' : 'type';
  return typeof stored.data === 'string'
    ? { on, regex: stored.data, prefixes: [] }
    : { on, regex: '', prefixes: stored.data };
};

/**
 * All groups of the store; empty if there never were any. Stored in the last event of one stream, as in EventStoreDB. The
 * metadata of that stream is the first event of a new store: there, too, `$all` is never without system events.
 */
export const loadConfigs = async (storage: EventStorage): Promise<GroupConfig[]> => {
  const last = await lastEvent(storage, stream);
  if (!last && !(await lastEvent(storage, `$$${stream}`))) {
    const limit = systemEvent('$metadata', { $maxCount: 2 });
    await storage.append({ stream: `$$${stream}`, expected: 'no_stream', events: [limit] });
  }
  if (!last) return [];
  const { entries } = JSON.parse(last.data.toString()) as Stored;
  return entries.map((entry) => ({ ...entry, filter: filterOf(entry.filter) }));
};

/** @throws when storage is unavailable; nothing has changed then */
export const saveConfigs = async (storage: EventStorage, configs: readonly GroupConfig[]): Promise<void> => {
  const entries = configs.map((config) => ({ ...config, filter: storedFilter(config.filter) }));
  const config: Stored = { version: '2', updated: new Date().toISOString(), entries };
  const result = await storage.append({ stream, expected: 'any', events: [systemEvent('$PersistentConfig', config)] });
  if (result.kind !== 'success') throw new Error(`could not write ${stream}: ${result.kind}`);
};
