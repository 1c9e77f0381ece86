import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import {
  BACKWARDS,
  type EventStoreDBClient,
  type Filter,
  type ReadPosition,
  type ReadRevision,
  StreamNotFoundError,
} from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServiceError } from '@grpc/grpc-js';
import type { Reader } from '../../../eventstore/reader/reader.ts';
import type { RecordedEvent, ResolvedEvent } from '../../../eventstore/reader/recorded-event.ts';
import { openConnection } from '../../../eventstore/server/connection.ts';

const require = createRequire(import.meta.url);
const { Empty } = require('google-protobuf/google/protobuf/empty_pb.js');
const { convertToCommandError } = require('@eventstore/db-client/dist/utils/CommandError.js') as {
  convertToCommandError(error: ServiceError): Error;
};

type Options = {
  readonly direction?: string;
  readonly fromRevision?: ReadRevision;
  readonly fromPosition?: ReadPosition;
  readonly maxCount?: number | bigint;
  readonly resolveLinkTos?: boolean;
  readonly filter?: Filter & { checkpointReached?: (subscription: unknown, position: unknown) => Promise<void> };
};

/** A request with everything that the official client can ask for. UUIDs are asked for as two numbers every second time. */
const encode = (stream: string | null, options: Options, subscribe: boolean): Buffer => {
  const request = new streams.ReadReq.Options();
  const from = (stream === null ? options.fromPosition : options.fromRevision) ?? 'start';
  if (stream === null) {
    const all = new streams.ReadReq.Options.AllOptions();
    if (from === 'start') all.setStart(new shared.Empty());
    else if (from === 'end') all.setEnd(new shared.Empty());
    else {
      const { commit, prepare } = from as { commit: bigint; prepare: bigint };
      const position = new streams.ReadReq.Options.Position();
      position.setCommitPosition(String(commit));
      position.setPreparePosition(String(prepare));
      all.setPosition(position);
    }
    request.setAll(all);
  } else {
    const of = new streams.ReadReq.Options.StreamOptions();
    const identifier = new shared.StreamIdentifier();
    identifier.setStreamName(Buffer.from(stream));
    of.setStreamIdentifier(identifier);
    if (from === 'start') of.setStart(new shared.Empty());
    else if (from === 'end') of.setEnd(new shared.Empty());
    else of.setRevision(String(from));
    request.setStream(of);
  }
  if (subscribe) request.setSubscription(new streams.ReadReq.Options.SubscriptionOptions());
  else request.setCount(String(options.maxCount ?? Number.MAX_SAFE_INTEGER));
  request.setReadDirection(options.direction === BACKWARDS ? 1 : 0);
  request.setResolveLinks(options.resolveLinkTos ?? false);
  if (options.filter === undefined) request.setNoFilter(new Empty());
  else request.setFilter(filterOptions(options.filter));
  const uuids = new streams.ReadReq.Options.UUIDOption();
  structured = !structured;
  if (structured) uuids.setStructured(new shared.Empty());
  else uuids.setString(new shared.Empty());
  request.setUuidOption(uuids);
  const message = new streams.ReadReq();
  message.setOptions(request);
  return Buffer.from(message.serializeBinary());
};
let structured = false;

const filterOptions = (filter: Filter) => {
  const expression = new streams.ReadReq.Options.FilterOptions.Expression();
  if ('prefixes' in filter && filter.prefixes) expression.setPrefixList([...filter.prefixes]);
  if ('regex' in filter && filter.regex) expression.setRegex(filter.regex);
  const options = new streams.ReadReq.Options.FilterOptions();
  if (filter.filterOn === 'streamName') options.setStreamIdentifier(expression);
  else options.setEventType(expression);
  if (filter.maxSearchWindow === undefined) options.setCount(new shared.Empty());
  else options.setMax(filter.maxSearchWindow);
  options.setCheckpointintervalmultiplier(filter.checkpointInterval ?? 1);
  return options;
};

/** An event in the official client's shape. */
const shaped = ({ event, link, commitPosition }: ResolvedEvent) => ({
  ...(event === undefined ? {} : { event: recorded(event) }),
  ...(link === undefined ? {} : { link: recorded(link) }),
  ...(commitPosition === undefined ? {} : { commitPosition: BigInt(commitPosition) }),
});

const recorded = (event: RecordedEvent) => ({
  streamId: event.streamName,
  id: event.id,
  revision: event.revision,
  type: event.type,
  data: event.data,
  metadata: event.metadata,
  isJson: event.isJson,
  created: new Date(event.createdMs),
  position: event.position,
});

/** What a read or a subscription of the official client can do, as far as tests use it. */
class OwnStream extends EventEmitter {
  destroyed = false;
  private readonly open: () => Promise<Reader>;
  private readonly request: Buffer;
  private readonly options: Options;
  private end = () => {};

  constructor(open: () => Promise<Reader>, request: Buffer, options: Options) {
    super();
    this.open = open;
    this.request = request;
    this.options = options;
    this.on('newListener', (name) => {
      if (name === 'data' && this.listenerCount('data') === 0) setImmediate(() => void this.flow());
    });
  }

  private async flow() {
    try {
      for await (const each of this) this.emit('data', each);
      this.emit('end');
    } catch (error) {
      if (!this.destroyed) this.emit('error', error);
    }
  }

  async *[Symbol.asyncIterator]() {
    const reader = await this.open();
    if (this.destroyed) return;
    const call = reader.read(this.request);
    this.end = () => call.cancel();
    try {
      for (let batch = await call.next(); batch !== null; batch = await call.next()) {
        for (const response of batch) {
          if (this.destroyed) return;
          if (response.kind === 'event') yield shaped(response);
          else if (response.kind === 'confirmation') this.emit('confirmation');
          else if (response.kind === 'caught-up') this.emit('caughtUp');
          else if (response.kind === 'checkpoint')
            await this.options.filter?.checkpointReached?.(this, response.position);
          else if (response.kind === 'stream-not-found')
            throw new StreamNotFoundError(null as never, response.streamName);
        }
      }
    } catch (error) {
      const { code, metadata } = error as ServiceError;
      throw typeof code === 'number' && metadata !== undefined ? convertToCommandError(error as ServiceError) : error;
    } finally {
      call.cancel();
    }
  }

  async unsubscribe() {
    this.destroyed = true;
    this.end();
  }
}

/** The official client, except that all its reading is done by our reader. `close` ends the connection that it reads through. */
export const readingByOurselves = (client: EventStoreDBClient, url: string) => {
  const connection = openConnection(url);
  const open = async () => (await connection.node()).reader;
  const stream = (name: string | null, options: Options, subscribe: boolean) =>
    new OwnStream(open, encode(name, options, subscribe), options);
  const reads: Record<string, unknown> = {
    readStream: (name: string, options: Options = {}) => stream(name, options, false),
    readAll: (options: Options = {}) => stream(null, options, false),
    subscribeToStream: (name: string, options: Options = {}) => stream(name, options, true),
    subscribeToAll: (options: Options = {}) => stream(null, options, true),
  };
  const reading = new Proxy(client, {
    get(target, name) {
      const value = reads[String(name)] ?? (Reflect.get(target, name) as unknown);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { client: reading, close: () => connection.close() };
};

/**
 * Registers each test twice: reading by the official client, and by our own reader. `store.client` is then the one or the other.
 */
export const testBothReaders =
  (store: { readByOurselves(ours: boolean): void }) =>
  (title: string, work: () => Promise<void>): void => {
    void test(`${title} (official client)`, work);
    void test(`${title} (our reader)`, async () => {
      store.readByOurselves(true);
      try {
        await work();
      } finally {
        store.readByOurselves(false);
      }
    });
  };
