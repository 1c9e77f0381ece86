import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { EventStorage } from '../storage/types.ts';

/** What every service is given. */
export type ServerContext = {
  storage: EventStorage;
  /** Aborted when the server closes: long calls end with CANCELLED, background work stops. */
  closing: AbortSignal;
  /** Where the server listens, known once it does. */
  address(): { host: string; port: number };
  log(level: 'info' | 'warn' | 'error', message: string, details?: Record<string, unknown>): void;
};

/** A gRPC service and what runs it. */
export type RegisteredService = {
  definition: ServiceDefinition;
  handlers: UntypedServiceImplementation;
  /** Ends what it runs in the background; called before the storage closes. */
  close?(): Promise<void>;
};

export type ServiceFactory = (context: ServerContext) => RegisteredService | Promise<RegisteredService>;
