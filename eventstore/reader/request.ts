import { createRequire } from 'node:module';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Position } from '../stored-event.ts';

// google-protobuf has no usable types here.
const require = createRequire(import.meta.url);
const { Empty } = require('google-protobuf/google/protobuf/empty_pb.js');

/**
 * What to read: a stream or `$all`, and from where. A read includes the event that it starts at (but excludes it when
 * reading `$all` backwards). Links are not resolved.
 */
export type ReadRequest = (
  | { readonly stream: string; readonly from: bigint | 'start' | 'end' }
  | { readonly stream: '$all'; readonly from: Position | 'start' | 'end'; readonly filter?: ReadFilter }
) & {
  /**
   * How many events to read; or `subscribe`: those after `from` (exclusive), and then each one that is appended.
   * Default: all.
   */
  readonly count?: number | 'subscribe';
  readonly backwards?: boolean;
};

/** Which events of `$all` the server sends. */
export type ReadFilter = {
  /** Prefixes of the names of their streams. */
  readonly prefixes: readonly string[];
  /** How often the server reports its position: after this many units of events (32 each). */
  readonly checkpointEvery: number;
};

/** The bytes of a `ReadReq`. */
export const encodeReadRequest = (request: ReadRequest): Buffer => {
  const { count = Number.MAX_SAFE_INTEGER, backwards = false } = request;
  const options = new streams.ReadReq.Options();
  if (isOfAll(request)) {
    options.setAll(allOptions(request.from));
    if (request.filter === undefined) options.setNoFilter(new Empty());
    else options.setFilter(filterOptions(request.filter));
  } else {
    options.setStream(streamOptions(request.stream, request.from as bigint | 'start' | 'end'));
    options.setNoFilter(new Empty());
  }
  if (count === 'subscribe') options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions());
  else options.setCount(String(count));
  options.setReadDirection(backwards ? 1 : 0);
  options.setResolveLinks(false);
  const uuids = new streams.ReadReq.Options.UUIDOption();
  uuids.setString(new shared.Empty());
  options.setUuidOption(uuids);
  const message = new streams.ReadReq();
  message.setOptions(options);
  return Buffer.from(message.serializeBinary());
};

type AllRequest = Extract<ReadRequest, { readonly stream: '$all' }>;

const isOfAll = (request: ReadRequest): request is AllRequest => request.stream === '$all';

const allOptions = (from: AllRequest['from']) => {
  const options = new streams.ReadReq.Options.AllOptions();
  if (from === 'start') options.setStart(new shared.Empty());
  else if (from === 'end') options.setEnd(new shared.Empty());
  else {
    const position = new streams.ReadReq.Options.Position();
    position.setCommitPosition(String(from.commit));
    position.setPreparePosition(String(from.prepare));
    options.setPosition(position);
  }
  return options;
};

const streamOptions = (stream: string, from: bigint | 'start' | 'end') => {
  const options = new streams.ReadReq.Options.StreamOptions();
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  options.setStreamIdentifier(identifier);
  if (from === 'start') options.setStart(new shared.Empty());
  else if (from === 'end') options.setEnd(new shared.Empty());
  else options.setRevision(String(from));
  return options;
};

const filterOptions = ({ prefixes, checkpointEvery }: ReadFilter) => {
  const expression = new streams.ReadReq.Options.FilterOptions.Expression();
  expression.setPrefixList([...prefixes]);
  const options = new streams.ReadReq.Options.FilterOptions();
  options.setStreamIdentifier(expression);
  options.setCount(new shared.Empty());
  options.setCheckpointintervalmultiplier(checkpointEvery);
  return options;
};
