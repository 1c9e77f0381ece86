import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { EventStorage } from '../storage/types.ts';

/** The context passed to every service. */
export type ServerContext = {
  storage: EventStorage;
  /** Aborted when the server closes: long calls end with CANCELLED, background work stops. */
  closing: AbortSignal;
  /** Where the server listens; available once it does. */
  address(): { host: string; port: number };
  log(level: 'info' | 'warn' | 'error', message: string, details?: Record<string, unknown>): void;
};

/** A gRPC service and its implementation. */
export type RegisteredService = {
  definition: ServiceDefinition;
  handlers: UntypedServiceImplementation;
  /** Stops its background work; called before the storage closes. */
  close?(): Promise<void>;
};

export type ServiceFactory = (context: ServerContext) => RegisteredService | Promise<RegisteredService>;
