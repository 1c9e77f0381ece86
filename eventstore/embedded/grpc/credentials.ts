import { createHash, timingSafeEqual } from 'node:crypto';
import { type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { grpcError } from './errors.ts';
import type { RegisteredService } from './services.ts';

export type Credentials = { readonly userName: string; readonly password: string };

/** Whether a call's metadata carries the right credentials; `none` when it carries none at all. */
type Examine = (metadata: Metadata) => 'right' | 'wrong' | 'none';

const hashOf = (text: string) => createHash('sha256').update(text).digest();

export const examineBy = ({ userName, password }: Credentials): Examine => {
  const expected = hashOf(Buffer.from(`${userName}:${password}`).toString('base64'));
  return (metadata) => {
    const given = metadata.get('authorization');
    if (given.length === 0) return 'none';
    const [, basic = ''] = /^Basic +(\S+)$/i.exec(String(given[0])) ?? [];
    return given.length === 1 && timingSafeEqual(hashOf(basic), expected) ? 'right' : 'wrong';
  };
};

const unauthenticated = (): ServiceError => grpcError(status.UNAUTHENTICATED, 'Unauthenticated');

type Call = { readonly metadata: Metadata; emit(event: 'error', error: ServiceError): boolean };
type Handler = (call: Call, callback?: (error: ServiceError) => void) => unknown;

/**
 * The same service, but only for callers with the right credentials. An `open` service also answers callers without
 * any, like a real node's.
 */
export const withCredentials = (service: RegisteredService, examine: Examine, open: boolean): RegisteredService => {
  const guarded = Object.entries(service.handlers).map(([name, handler]) => {
    const guard: Handler = (call, callback) => {
      const found = examine(call.metadata);
      if (found === 'right' || (found === 'none' && open)) return (handler as unknown as Handler)(call, callback);
      if (callback) callback(unauthenticated());
      else call.emit('error', unauthenticated());
    };
    return [name, guard];
  });
  return { ...service, handlers: Object.fromEntries(guarded) };
};
