import { randomUUID } from 'node:crypto';

/** An event of the model, as a read must return it. */
export type ModelEvent = { id: string; stream: string; revision: number; n: number };

/** The expectation of an append. */
export type Expected = 'any' | 'no_stream' | 'stream_exists' | 'exact' | 'wrong';

/** The simplest possible stream: an array, and what hides a part of it. */
type ModelStream = {
  events: ModelEvent[];
  deleted: 'no' | 'softly' | 'for good';
  maxCount: number | undefined;
  truncateBefore: number;
  hasMetadata: boolean;
  /** The last successful append and the answer to its retry, until a change gives a retry another meaning. */
  last: { expected: 'any' | 'no_stream' | number; events: ModelEvent[]; answer: Answer | undefined } | undefined;
};

/** An answer in the form shared by client and model. */
export type Answer =
  | { kind: 'success'; revision: number; position?: bigint }
  | { kind: 'conflict'; actual: number }
  | { kind: 'deleted' }
  | { kind: 'missing' }
  | { kind: 'events'; revisions: number[]; ids: string[] };

/**
 * A model of an event store: streams are arrays, and answers follow from their lengths. Written from
 * EventStoreDB's documented behaviour, not from the server's code.
 */
export const createModel = () => {
  const streams = new Map<string, ModelStream>();
  let counter = 0;
  const of = (name: string): ModelStream => {
    let stream = streams.get(name);
    if (!stream) {
      stream = {
        events: [],
        deleted: 'no',
        maxCount: undefined,
        truncateBefore: 0,
        hasMetadata: false,
        last: undefined,
      };
      streams.set(name, stream);
    }
    return stream;
  };
  const lastOf = (stream: ModelStream) => stream.events.length - 1;

  const refusal = (
    stream: ModelStream,
    expected: 'any' | 'no_stream' | 'stream_exists' | number,
  ): Answer | undefined => {
    const last = lastOf(stream);
    if (stream.deleted === 'for good') return { kind: 'deleted' };
    if (expected === 'any') return undefined;
    if (expected === 'stream_exists') {
      if (stream.deleted === 'softly') return { kind: 'deleted' };
      return last < 0 && !stream.hasMetadata ? { kind: 'conflict', actual: -1 } : undefined;
    }
    if (expected === 'no_stream') {
      return last < 0 || stream.deleted === 'softly' ? undefined : { kind: 'conflict', actual: last };
    }
    return expected === last ? undefined : { kind: 'conflict', actual: last };
  };

  return {
    /** The concrete value of an expectation. */
    resolve: (name: string, expected: Expected): 'any' | 'no_stream' | 'stream_exists' | number => {
      const last = lastOf(of(name));
      if (expected === 'exact') return last < 0 ? 'no_stream' : last;
      return expected === 'wrong' ? last + 7 : expected;
    },
    propose: (name: string, count: number): ModelEvent[] =>
      Array.from({ length: count }, () => ({ id: randomUUID(), stream: name, revision: -1, n: counter++ })),
    append: (
      name: string,
      expected: 'any' | 'no_stream' | 'stream_exists' | number,
      proposed: ModelEvent[],
    ): Answer => {
      const stream = of(name);
      const refused = refusal(stream, expected);
      if (refused) return refused;
      const begunAgain = stream.deleted === 'softly';
      if (begunAgain) {
        stream.deleted = 'no';
        stream.truncateBefore = stream.events.length;
      }
      for (const event of proposed) {
        event.revision = stream.events.length;
        stream.events.push(event);
      }
      const answer: Answer = { kind: 'success', revision: lastOf(stream) };
      // After a stream was reopened, `no_stream` compares a retry with the old events.
      const repeated: Answer | undefined =
        begunAgain && expected === 'no_stream' ? { kind: 'conflict', actual: answer.revision } : undefined;
      stream.last = expected === 'stream_exists' ? undefined : { expected, events: proposed, answer: repeated };
      return answer;
    },
    /** Remembers the store's answer to the last append: a retry gets the same, including the position. */
    remember: (name: string, answer: Answer): void => {
      const { last } = of(name);
      if (last && answer.kind === 'success') last.answer ??= answer;
    },
    lastAppend: (name: string) => of(name).last,
    read: (name: string, forwards: boolean, from: number, limit: number): Answer => {
      const stream = of(name);
      if (stream.deleted === 'for good') return { kind: 'deleted' };
      if (stream.events.length === 0 || stream.deleted === 'softly') return { kind: 'missing' };
      const first = Math.max(
        stream.truncateBefore,
        stream.maxCount === undefined ? 0 : stream.events.length - stream.maxCount,
      );
      const readable = stream.events.slice(first);
      const wanted = forwards
        ? readable.filter((event) => event.revision >= from)
        : readable.filter((event) => event.revision <= from).reverse();
      const got = wanted.slice(0, limit);
      return { kind: 'events', revisions: got.map((event) => event.revision), ids: got.map((event) => event.id) };
    },
    /** Whether every server agrees on what deleting this stream means. */
    canDelete: (name: string): boolean => lastOf(of(name)) >= 0 && of(name).deleted === 'no',
    canSetMetadata: (name: string): boolean => of(name).deleted !== 'for good',
    delete: (name: string, expected: 'any' | number, how: 'softly' | 'for good'): Answer => {
      const stream = of(name);
      const last = lastOf(stream);
      if (expected !== 'any' && expected !== last) return { kind: 'conflict', actual: last };
      stream.deleted = how;
      stream.maxCount = undefined;
      stream.hasMetadata = true;
      stream.last = undefined;
      return { kind: 'success', revision: last };
    },
    setMetadata: (name: string, limits: { maxCount?: number; truncateBefore?: number }): void => {
      const stream = of(name);
      stream.maxCount = limits.maxCount;
      // Setting the metadata of a deleted stream reopens it after its last event, whatever else is set.
      stream.truncateBefore = stream.deleted === 'softly' ? stream.events.length : (limits.truncateBefore ?? 0);
      stream.deleted = 'no';
      stream.hasMetadata = true;
    },
    /** Every event ever written, stream by stream: `$all` includes what a stream hides. */
    all: (): ModelEvent[] => [...streams.values()].flatMap((stream) => stream.events),
  };
};

export type Model = ReturnType<typeof createModel>;
