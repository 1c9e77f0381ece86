import type { CreateReq, UpdateReq } from '@eventstore/db-client/generated/persistent_pb.js';
import { isStrategyName, type StrategyName } from './consumers/strategies.ts';

/** A group's settings, under the names of `$persistentSubscriptionConfig`. Times in milliseconds, sizes in messages. */
export type GroupSettings = {
  resolveLinkTos: boolean;
  extraStatistics: boolean;
  /** `-1` (END) or a revision; for `$all` `C:-1/P:-1` or `C:<commit>/P:<prepare>`. Inclusive. */
  startPosition: string;
  messageTimeout: number;
  maxRetryCount: number;
  /** 0 to disable checkpoints by time. */
  checkPointAfter: number;
  minCheckPointCount: number;
  maxCheckPointCount: number;
  /** 0 for unlimited. */
  maxSubscriberCount: number;
  liveBufferSize: number;
  historyBufferSize: number;
  readBatchSize: number;
  namedConsumerStrategy: StrategyName;
};

/** Why settings are refused; the message is for the client. */
export class BadSettings extends Error {}

const ticksPerMillisecond = 10_000;
const enumNames: readonly string[] = ['DispatchToSingle', 'RoundRobin', 'Pinned'];

const milliseconds = (hasTicks: boolean, ticks: string, ms: number): number =>
  hasTicks ? Math.trunc(Number(ticks) / ticksPerMillisecond) : ms;

/**
 * The settings of a create or update request.
 * @throws BadSettings when a number is negative, sizes contradict each other, or the strategy is unknown
 */
export const settingsOf = (
  sent: CreateReq.Settings | UpdateReq.Settings | undefined,
  startPosition: string,
): GroupSettings => {
  if (!sent) throw new BadSettings('Settings are missing.');
  // Newer clients name the strategy; older ones, and all updates, send a number.
  const named = 'getConsumerStrategy' in sent ? sent.getConsumerStrategy() : '';
  const strategy = named || (enumNames[sent.getNamedConsumerStrategy()] ?? String(sent.getNamedConsumerStrategy()));
  if (!isStrategyName(strategy)) throw new BadSettings(`Consumer strategy ${strategy} does not exist.`);
  const settings: GroupSettings = {
    resolveLinkTos: sent.getResolveLinks(),
    extraStatistics: sent.getExtraStatistics(),
    startPosition,
    messageTimeout: milliseconds(
      sent.hasMessageTimeoutTicks(),
      sent.getMessageTimeoutTicks(),
      sent.getMessageTimeoutMs(),
    ),
    maxRetryCount: sent.getMaxRetryCount(),
    checkPointAfter: milliseconds(
      sent.hasCheckpointAfterTicks(),
      sent.getCheckpointAfterTicks(),
      sent.getCheckpointAfterMs(),
    ),
    minCheckPointCount: sent.getMinCheckpointCount(),
    maxCheckPointCount: sent.getMaxCheckpointCount(),
    maxSubscriberCount: sent.getMaxSubscriberCount(),
    liveBufferSize: sent.getLiveBufferSize(),
    historyBufferSize: sent.getHistoryBufferSize(),
    readBatchSize: sent.getReadBatchSize(),
    namedConsumerStrategy: strategy,
  };
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === 'number' && !(value >= 0))
      throw new BadSettings(`${name} may not be negative, but is ${value}.`);
  }
  if (settings.readBatchSize >= settings.historyBufferSize) {
    throw new BadSettings('ReadBatchSize may not be greater than or equal to BufferSize');
  }
  return settings;
};
