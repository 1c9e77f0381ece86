import type { EventData } from '@eventstore/db-client';
import { eventsOf } from '../reader/reader.ts';
import { positionIn, type RecordedEvent } from '../reader/recorded-event.ts';
import type { Appended } from './append-answer.ts';
import type { ServerNode } from './connect-node.ts';
import type { Connection } from './connection.ts';
import { failureOf, mayPass } from './failure.ts';
import { type Patience, patiently } from './patience.ts';

/**
 * Appends events once, however many attempts it takes to get an answer: each attempt has the same IDs and the same
 * expected revision, which a server recognises. It can only do so while it still remembers them; so if an earlier
 * attempt may have succeeded, a conflict is only believed if the events at that place are not these.
 *
 * @throws like `patiently`
 */
export const appendPatiently = async (
  connection: Connection,
  patience: Patience,
  stream: string,
  expected: bigint | 'no-stream',
  events: readonly EventData[],
): Promise<Appended> => {
  let mayBeDone = false;
  return await patiently(connection, patience, async (node) => {
    let answer: Appended;
    try {
      answer = await node.appender.append(stream, expected, events);
    } catch (error) {
      // A node may have done what it was asked, unless it refused.
      if (mayPass(error)) mayBeDone = true;
      throw error;
    }
    if ('conflict' in answer) {
      if (!mayBeDone) return answer;
      const first = expected === 'no-stream' ? 0n : expected + 1n;
      const there = await eventsAt(node, stream, first, events.length);
      const ours = there.length === events.length && there.every(({ id }, index) => id === events[index]!.id);
      return ours ? { revision: there.at(-1)!.revision, position: positionIn(there.at(-1)!) } : answer;
    }
    if (answer.position !== null) return answer;
    // A repeated append may be answered without a position, because the events were already there.
    const [last] = await eventsAt(node, stream, answer.revision, 1);
    return { revision: answer.revision, position: last === undefined ? null : positionIn(last) };
  });
};

const eventsAt = async (
  { reader }: ServerNode,
  stream: string,
  from: bigint,
  count: number,
): Promise<RecordedEvent[]> => {
  try {
    const read = await eventsOf(reader, { stream, from, count });
    return read.flatMap(({ event }) => (event === undefined ? [] : [event]));
  } catch (error) {
    if (failureOf(error)?.refusal === 'deleted') return [];
    throw error;
  }
};
