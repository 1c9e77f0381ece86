import type persistent from '@eventstore/db-client/generated/persistent_pb.js';
import type shared from '@eventstore/db-client/generated/shared_pb.js';
import { invalidArgument } from '../../grpc/errors.ts';
import * as names from '../../grpc/names.ts';
import type { FilterExpression } from '../../grpc/streams/filter.ts';
import { failed } from '../errors.ts';
import type { WantedGroup } from '../groups/groups.ts';
import { BadSettings, settingsOf } from '../settings.ts';

type StreamIdentifier = InstanceType<typeof shared.StreamIdentifier>;
type CreateReq = InstanceType<typeof persistent.CreateReq>;
type UpdateReq = InstanceType<typeof persistent.UpdateReq>;
type Filter = InstanceType<typeof persistent.CreateReq.AllOptions.FilterOptions>;

/** The name of a group. */
export type GroupName = { stream: string; group: string };

/** The options of a request. @throws INVALID_ARGUMENT when they are missing */
export const required = <T>(options: T | undefined, what = 'options'): T => {
  if (options === undefined) throw invalidArgument(`the request has no ${what}`);
  return options;
};

/** The stream that a request names. Not validated here: requests for groups have their own error for bad names. */
export const streamName = (identifier: StreamIdentifier | undefined): string => {
  const bytes = required(identifier, 'stream identifier').getStreamName_asU8();
  return bytes.length === 0 ? '' : names.streamName(bytes);
};

/** @throws PERSISTENT_SUBSCRIPTION_FAILED when the name is not valid */
export const checkName = (name: GroupName, all: boolean): GroupName => {
  if (name.stream === '') throw failed(name, 'Bad stream name.');
  if (name.group === '') throw failed(name, 'Bad group name.');
  if (!all && name.stream === '$all') {
    throw failed(name, 'Persistent subscriptions to $all are only supported over gRPC through gRPC clients');
  }
  return name;
};

/** The name in a request for `all` or for a stream. */
export const groupName = (options: {
  hasAll(): boolean;
  getStreamIdentifier(): StreamIdentifier | undefined;
  getGroupName(): string;
}): GroupName => ({
  stream: options.hasAll() ? '$all' : streamName(options.getStreamIdentifier()),
  group: options.getGroupName(),
});

const filterExpression = (sent: Filter | undefined): FilterExpression | undefined => {
  if (!sent) return undefined;
  const expression = sent.getEventType() ?? sent.getStreamIdentifier();
  if (!expression) throw invalidArgument('the filter has neither an event type nor a stream');
  const on = sent.hasEventType() ? 'type' : 'stream';
  return { on, regex: expression.getRegex(), prefixes: expression.getPrefixList() };
};

/** Revisions and positions are unsigned on the wire, where the maximum stands for END; END is stored as -1. */
const signed = (text: string): string => BigInt.asIntN(64, BigInt(text)).toString();

const revisionText = (options: { hasStart(): boolean; hasEnd(): boolean; getRevision(): string }): string => {
  if (options.hasStart()) return '0';
  return options.hasEnd() ? '-1' : signed(options.getRevision());
};

type All =
  | NonNullable<ReturnType<InstanceType<typeof persistent.CreateReq.Options>['getAll']>>
  | NonNullable<ReturnType<InstanceType<typeof persistent.UpdateReq.Options>['getAll']>>;

const positionText = (all: All): string => {
  if (all.hasEnd()) return 'C:-1/P:-1';
  const position = all.getPosition();
  if (!position && !all.hasStart()) throw invalidArgument('the request does not say where to start');
  return `C:${signed(position?.getCommitPosition() ?? '0')}/P:${signed(position?.getPreparePosition() ?? '0')}`;
};

/**
 * The group that a create or update request asks for.
 * @throws INVALID_ARGUMENT when a part is missing, PERSISTENT_SUBSCRIPTION_FAILED when a value is not valid
 */
export const wantedGroup = (request: CreateReq | UpdateReq): WantedGroup => {
  const options = required<ReturnType<CreateReq['getOptions']> | ReturnType<UpdateReq['getOptions']>>(
    request.getOptions(),
  )!;
  const all = options.getAll();
  const one = options.getStream();
  const settings = required(options.getSettings(), 'settings');
  // Clients before 21.10 send the stream outside the options and the revision in the settings.
  const stream = all ? '$all' : streamName(one ? one.getStreamIdentifier() : options.getStreamIdentifier());
  const name = checkName({ stream, group: options.getGroupName() }, all !== undefined);
  const start = all ? positionText(all) : one ? revisionText(one) : signed(settings.getRevision());
  const filter = all && 'getFilter' in all ? filterExpression(all.getFilter()) : undefined;
  try {
    return { ...name, ...settingsOf(settings, start), filter };
  } catch (error) {
    throw error instanceof BadSettings ? failed(name, error.message) : error;
  }
};
