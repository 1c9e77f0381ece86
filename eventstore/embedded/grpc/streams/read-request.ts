import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Direction, EventFilter } from '../../storage/types.ts';
import { invalidArgument } from '../errors.ts';
import { streamName } from '../names.ts';
import { compileFilter } from './filter.ts';

/** The validated parameters of a Read call. */
export type ReadRequest = {
  source: { kind: 'stream'; stream: string } | { kind: 'all' };
  /** A position for `all`, a revision for a stream. Whether it is included depends on direction and kind of read. */
  from: number | 'start' | 'end';
  direction: Direction;
  /** Undefined for a subscription. */
  limit: number | undefined;
  filter: EventFilter | undefined;
  /** How many events a filtered subscription considers between two checkpoints. */
  checkpointEvery: number;
  resolveLinks: boolean;
  structuredUuids: boolean;
};

const defaultSearchWindow = 32;

type Options = InstanceType<typeof streams.ReadReq.Options>;

const readSource = (options: Options): Pick<ReadRequest, 'source' | 'from'> => {
  const stream = options.getStream();
  if (stream) {
    const identifier = stream.getStreamIdentifier();
    if (!identifier) throw invalidArgument('a read of a stream needs its name');
    const source = { kind: 'stream' as const, stream: streamName(identifier.getStreamName_asU8()) };
    if (stream.hasStart()) return { source, from: 'start' };
    if (stream.hasEnd()) return { source, from: 'end' };
    if (stream.hasRevision()) return { source, from: Number(stream.getRevision()) };
    return { source, from: 'start' };
  }
  const all = options.getAll();
  if (!all) throw invalidArgument('a read needs a stream or $all');
  const source = { kind: 'all' as const };
  if (all.hasEnd()) return { source, from: 'end' };
  const position = all.getPosition();
  if (!position) return { source, from: 'start' };
  const commit = BigInt(position.getCommitPosition());
  const prepare = BigInt(position.getPreparePosition());
  if (prepare > commit) throw invalidArgument('a prepare position must not be beyond its commit position');
  // As in EventStoreDB's protocol, -1 stands for the end.
  if (BigInt.asIntN(64, commit) < 0n) return { source, from: 'end' };
  return { source, from: Number(commit) };
};

const readFilter = (options: Options): Pick<ReadRequest, 'filter' | 'checkpointEvery'> => {
  const given = options.getFilter();
  if (!given) return { filter: undefined, checkpointEvery: Number.POSITIVE_INFINITY };
  const expression = given.getStreamIdentifier() ?? given.getEventType();
  if (!expression) throw invalidArgument('a filter must be on the stream or on the event type');
  const filter = compileFilter({
    on: given.hasStreamIdentifier() ? 'stream' : 'type',
    regex: expression.getRegex(),
    prefixes: expression.getPrefixList(),
  });
  const window = given.hasMax() ? given.getMax() : defaultSearchWindow;
  if (window <= 0) throw invalidArgument('maxSearchWindow must be greater than 0');
  return { filter, checkpointEvery: Math.max(1, given.getCheckpointintervalmultiplier()) * window };
};

/** Validates and simplifies a ReadReq. Throws INVALID_ARGUMENT. */
export const readRequest = (request: InstanceType<typeof streams.ReadReq>): ReadRequest => {
  const options = request.getOptions();
  if (!options) throw invalidArgument('a read needs options');
  const direction = options.getReadDirection();
  if (direction !== 0 && direction !== 1) throw invalidArgument(`unknown read direction ${direction}`);
  const isSubscription = options.hasSubscription();
  if (!isSubscription && !options.hasCount()) throw invalidArgument('a read needs a count or a subscription');
  if (isSubscription && direction === 1) throw invalidArgument('a subscription can only read forwards');
  const read: ReadRequest = {
    ...readSource(options),
    ...readFilter(options),
    direction: direction === 0 ? 'forwards' : 'backwards',
    limit: isSubscription ? undefined : Number(options.getCount()),
    resolveLinks: options.getResolveLinks(),
    structuredUuids: options.getUuidOption()?.hasStructured() ?? false,
  };
  if (read.filter && read.source.kind === 'stream') throw invalidArgument('only reads of $all can be filtered');
  return read;
};
