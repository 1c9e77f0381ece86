import { type ServiceError, status } from '@grpc/grpc-js';
import { grpcError } from '../grpc/errors.ts';

/** The errors of persistent subscriptions, with the codes, texts and trailers by which clients recognise them. */
type GroupName = { stream: string; group: string };

const failure = (code: status, exception: string, { stream, group }: GroupName, words: string): ServiceError =>
  grpcError(code, `Subscription group ${group} on stream ${stream} ${words}`, {
    exception,
    'stream-name': stream,
    'group-name': group,
  });

export const doesNotExist = (name: GroupName): ServiceError =>
  failure(status.NOT_FOUND, 'persistent-subscription-does-not-exist', name, 'does not exist.');

export const alreadyExists = (name: GroupName): ServiceError =>
  failure(status.ALREADY_EXISTS, 'persistent-subscription-exists', name, 'exists.');

/** The group was deleted, updated or restarted while it had consumers, or can no longer read its stream. */
export const dropped = (name: GroupName): ServiceError =>
  failure(status.CANCELLED, 'persistent-subscription-dropped', name, 'was dropped.');

export const maximumSubscribersReached = ({ stream, group }: GroupName): ServiceError =>
  grpcError(
    status.FAILED_PRECONDITION,
    `Maximum subscriptions reached for subscription group ${group} on stream ${stream}.`,
    { exception: 'maximum-subscribers-reached', 'stream-name': stream, 'group-name': group },
  );

export const failed = ({ stream, group }: GroupName, reason: string): ServiceError =>
  grpcError(status.INTERNAL, `Subscription group ${group} on stream ${stream} failed: '${reason}'`, {
    exception: 'persistent-subscription-failed',
    'stream-name': stream,
    'group-name': group,
    reason,
  });
