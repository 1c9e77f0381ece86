import { correlationId, sourceStream } from '../message.ts';
import { type Consumer, sendTo } from './consumer.ts';
import type { ConsumerStrategy } from './consumer-strategy.ts';
import { pinned } from './pinned.ts';

const strategyNames = ['DispatchToSingle', 'RoundRobin', 'Pinned', 'PinnedByCorrelation'] as const;
export type StrategyName = (typeof strategyNames)[number];

export const isStrategyName = (name: string): name is StrategyName =>
  (strategyNames as readonly string[]).includes(name);

/** Takes turns (`RoundRobin`), or uses the first consumer as long as it has free slots (`DispatchToSingle`). */
const inTurn = (afterEach: 'rotate' | 'stay'): ConsumerStrategy => {
  const queue: Consumer[] = [];
  const rotate = () => void queue.push(queue.shift()!);
  return {
    add: (consumer) => void queue.push(consumer),
    remove: (consumer) => void queue.splice(queue.indexOf(consumer), 1),
    deliver: (message) => {
      for (let tried = 0; tried < queue.length; tried++) {
        const sent = sendTo(queue[0]!, message);
        if (!sent || afterEach === 'rotate') rotate();
        if (sent) return 'sent';
      }
      return 'full';
    },
  };
};

export const createStrategy = (name: StrategyName): ConsumerStrategy => {
  if (name === 'RoundRobin') return inTurn('rotate');
  if (name === 'DispatchToSingle') return inTurn('stay');
  if (name === 'Pinned') return pinned(sourceStream);
  return pinned((message) => correlationId(message) ?? sourceStream(message));
};
