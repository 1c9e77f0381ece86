import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import { type Consumer, freeSlots } from '../consumers/consumer.ts';
import type { Group } from '../groups/group.ts';

type Measured = { at: number; items: number };
const measured = new WeakMap<Group, Measured>();

const perSecond = (items: number, ms: number): number => (ms > 0 ? Math.floor((items * 1000) / ms) : 0);

const connectionInfo = (consumer: Consumer, elapsedMs: number) => {
  const info = new persistent.SubscriptionInfo.ConnectionInfo();
  const since = consumer.totalItems - consumer.lastTotalItems;
  consumer.lastTotalItems = consumer.totalItems;
  info.setUsername(consumer.connection.username);
  info.setConnectionName(consumer.connection.connectionName);
  info.setAverageItemsPerSecond(perSecond(since, elapsedMs));
  info.setTotalItems(String(consumer.totalItems));
  info.setCountSinceLastMeasurement(String(since));
  info.setAvailableSlots(freeSlots(consumer));
  info.setInFlightMessages(consumer.inFlight.size);
  info.setObservedMeasurementsList(
    (consumer.timings?.measurements() ?? []).map(([key, value]) => {
      const measurement = new persistent.SubscriptionInfo.Measurement();
      measurement.setKey(key);
      measurement.setValue(String(value));
      return measurement;
    }),
  );
  return info;
};

/** A group's info and statistics. Rates cover the time since the last request. */
export const subscriptionInfo = (group: Group) => {
  const { settings, source } = group;
  const statistics = group.statistics();
  const now = Date.now();
  const before = measured.get(group) ?? { at: group.startedAt, items: 0 };
  measured.set(group, { at: now, items: statistics.totalItems });
  const since = statistics.totalItems - before.items;
  const placeText = (place: number | undefined) => (place === undefined ? '' : source.format(place));

  const info = new persistent.SubscriptionInfo();
  info.setEventSource(source.name);
  info.setGroupName(group.name);
  info.setStatus(statistics.status);
  info.setConnectionsList(statistics.consumers.map((consumer) => connectionInfo(consumer, now - before.at)));
  info.setAveragePerSecond(perSecond(since, now - before.at));
  info.setTotalItems(String(statistics.totalItems));
  info.setCountSinceLastMeasurement(String(since));
  info.setLastCheckpointedEventPosition(placeText(statistics.lastCheckpoint));
  info.setLastKnownEventPosition(placeText(statistics.lastKnown));
  info.setResolveLinkTos(settings.resolveLinkTos);
  info.setStartFrom(settings.startPosition);
  info.setMessageTimeoutMilliseconds(settings.messageTimeout);
  info.setExtraStatistics(settings.extraStatistics);
  info.setMaxRetryCount(settings.maxRetryCount);
  info.setLiveBufferSize(settings.liveBufferSize);
  info.setBufferSize(settings.historyBufferSize);
  info.setReadBatchSize(settings.readBatchSize);
  info.setCheckPointAfterMilliseconds(settings.checkPointAfter);
  info.setMinCheckPointCount(settings.minCheckPointCount);
  info.setMaxCheckPointCount(settings.maxCheckPointCount);
  info.setReadBufferCount(statistics.readBufferCount);
  info.setLiveBufferCount('0');
  info.setRetryBufferCount(statistics.retryBufferCount);
  info.setTotalInFlightMessages(statistics.consumers.reduce((sum, { inFlight }) => sum + inFlight.size, 0));
  info.setOutstandingMessagesCount(statistics.outstandingCount);
  info.setNamedConsumerStrategy(settings.namedConsumerStrategy);
  info.setMaxSubscriberCount(settings.maxSubscriberCount);
  info.setParkedMessageCount(String(statistics.parkedCount));
  return info;
};
