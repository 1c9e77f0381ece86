import { once, setMaxListeners } from 'node:events';
import { createServer } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { type FrontDoor, openFrontDoor, type TlsIdentity } from './front-door.ts';
import { type Credentials, examineBy, withCredentials } from './grpc/credentials.ts';
import { gossipService } from './grpc/gossip.ts';
import { healthService } from './grpc/health.ts';
import { serverFeaturesService } from './grpc/server-features.ts';
import type { RegisteredService, ServerContext, ServiceFactory } from './grpc/services.ts';
import { streamsService } from './grpc/streams/streams-service.ts';
import { httpPages } from './http-pages.ts';
import { withLinks } from './links/indexer.ts';
import { persistentSubscriptions } from './persistent/calls/service.ts';
import { openStorage } from './storage/storage.ts';
import type { ScavengeResult } from './storage/types.ts';
import type { Log } from './storage/writing/writer-connection.ts';

export type { Log } from './storage/writing/writer-connection.ts';

/** The services of this server. All others (users, operations, projections) are answered with UNIMPLEMENTED. */
const serviceFactories: readonly ServiceFactory[] = [
  streamsService,
  persistentSubscriptions,
  serverFeaturesService,
  gossipService,
  healthService,
];
/** These describe the server, to anyone; the others give access to events. */
const openServices = new Set<ServiceFactory>([serverFeaturesService, gossipService, healthService]);

export type EmbeddedEventStoreOptions = {
  /** A PostgreSQL connection string. The database must exist; the schema is created. */
  databaseUrl: string;
  /** Default `eventstore`. Each schema is an event store of its own, with one server at a time. */
  schema?: string;
  /** Default 127.0.0.1. */
  host?: string;
  /** 0 (the default) picks a free port. */
  port?: number;
  /** The host that clients with discovery are told to connect to, if not `host`. */
  advertiseHost?: string | undefined;
  /** Without it, connections are not encrypted. Clients send credentials over TLS only. */
  tls?: TlsIdentity | undefined;
  /** Without them, anyone who reaches the port can read and write everything. */
  credentials?: Credentials | undefined;
  /** How long to wait for PostgreSQL, and for another server on the same schema to end. Default 30,000:
   * longer than PostgreSQL takes to notice that a predecessor was cut off. */
  startTimeoutMs?: number;
  /** How often unreadable events are removed. Default: every hour; 0 for never. */
  scavengeIntervalMs?: number;
  /** Memory for the most recently committed events. Default 24 MB. */
  recentBytes?: number;
  /** How long PostgreSQL may take to answer a query before its caller gets UNAVAILABLE. Default 15,000. */
  readTimeoutMs?: number;
  log?: Log;
};

export type EmbeddedEventStore = {
  host: string;
  port: number;
  /** For `@eventstore/db-client`; without credentials. */
  connectionString: string;
  scavenge(): Promise<ScavengeResult>;
  /** Commits and answers accepted appends, ends all other calls with CANCELLED, and releases the schema. */
  close(): Promise<void>;
};

/** Rejects with a clear message when the port is not available. */
const requireFreePort = async (host: string, port: number): Promise<void> => {
  if (port === 0) return;
  const probe = createServer();
  try {
    probe.listen({ host, port, exclusive: true });
    await once(probe, 'listening');
  } catch (error) {
    throw new Error(`cannot listen on ${host}:${port}: ${(error as Error).message}`, { cause: error });
  } finally {
    probe.close();
  }
};

const scavengeRegularly = (context: ServerContext, intervalMs: number): void => {
  if (intervalMs <= 0) return;
  const timer = setInterval(() => {
    context.storage.scavenge().then(
      (result) => result.removed > 0 && context.log('info', `scavenged ${result.removed} events`, { ...result }),
      (error) => context.log('warn', `scavenging failed: ${(error as Error).message}`),
    );
  }, intervalMs).unref();
  context.closing.addEventListener('abort', () => clearInterval(timer));
};

/**
 * Starts a server in this process. (One in its own process is faster for its clients: see main.ts.)
 *
 * Rejects with SchemaInUseError when another server uses the schema, with a clear message when the port is taken, and with
 * PostgreSQL's error when that cannot be reached.
 */
export const startEmbeddedEventStore = async (options: EmbeddedEventStoreOptions): Promise<EmbeddedEventStore> => {
  const host = options.host ?? '127.0.0.1';
  const log: Log = options.log ?? (() => {});
  const server = new Server({
    // A message holds at most one append (1 MiB), but clients batch up to 3 MB before they learn that it is too large.
    'grpc.max_receive_message_length': 17 * 1024 * 1024,
    'grpc.max_concurrent_streams': 10_000,
    // Clients ping every 10 seconds by default, which must not count as abuse.
    'grpc.keepalive_permit_without_calls': 1,
  });
  // Checked first, so that a start on a port in use fails at once and without touching the database.
  await requireFreePort(host, options.port ?? 0);
  let port = 0;
  const opened = await openStorage({
    databaseUrl: options.databaseUrl,
    schema: options.schema ?? 'eventstore',
    startTimeoutMs: options.startTimeoutMs ?? 30_000,
    recentBytes: options.recentBytes ?? 24 * 1024 * 1024,
    readTimeoutMs: options.readTimeoutMs ?? 15_000,
    log,
  });
  const storage = await withLinks(opened, log).catch(async (error) => {
    await opened.close();
    throw error;
  });
  const closing = new AbortController();
  // Every call adds a listener.
  setMaxListeners(0, closing.signal);
  const { advertiseHost = host, tls, credentials } = options;
  const context: ServerContext = {
    storage,
    closing: closing.signal,
    address: () => ({ host: advertiseHost, port }),
    log,
  };
  const services: RegisteredService[] = [];
  let door: FrontDoor;
  try {
    const examine = credentials && examineBy(credentials);
    for (const create of serviceFactories) {
      const service = await create(context);
      services.push(service);
      const offered = examine ? withCredentials(service, examine, openServices.has(create)) : service;
      server.addService(offered.definition, offered.handlers);
    }
    // TLS is terminated at the front door.
    const { injectConnection } = server.createConnectionInjector(ServerCredentials.createInsecure());
    const onRequest = httpPages(credentials !== undefined);
    door = await openFrontDoor({ host, port: options.port ?? 0, tls, onHttp2: injectConnection, onRequest });
    port = door.port;
  } catch (error) {
    closing.abort();
    server.forceShutdown();
    for (const service of services) await service.close?.();
    await storage.close();
    throw error;
  }
  scavengeRegularly(context, options.scavengeIntervalMs ?? 3_600_000);

  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort();
    door.close();
    const calm = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    const late = setTimeout(() => server.forceShutdown(), 2000);
    await calm;
    clearTimeout(late);
    for (const service of services) await service.close?.();
    await storage.close();
  };
  return {
    host,
    port,
    connectionString: `esdb://${host.includes(':') ? `[${host}]` : host}:${port}?tls=${tls !== undefined}`,
    scavenge: storage.scavenge,
    close: () => (closed ??= close()),
  };
};
