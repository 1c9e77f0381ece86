import { EventStoreDBClient } from '@eventstore/db-client';
import type { Channel } from '@grpc/grpc-js';
import type { Endpoint } from '../../platform/config/event-store-address.ts';
import { openReader, type Reader } from '../reader/reader.ts';
import { type Appender, openAppender } from './batch-append.ts';
import { eventStoreFailure, type Failure } from './failure.ts';
import { type Access, callMetadata, openChannel } from './http2/channel.ts';
import { http2Session } from './http2/http2-session.ts';
import { askVersion } from './node-status.ts';

/** A node that answers, and the ways to use it. */
export type ServerNode = {
  readonly endpoint: Endpoint;
  /** `unknown` if it does not say. */
  readonly version: string;
  /** For everything other than reads and appends. */
  readonly client: EventStoreDBClient;
  readonly appender: Appender;
  readonly reader: Reader;
};

/** A node that is connected to, and how to stop using it. */
export type ConnectedNode = {
  readonly node: ServerNode;
  readonly channel: Channel;
  /** Ends the appends and reads that wait for an answer. */
  stop(): void;
};

/** How long a node may take to answer for the first time. */
const connectMs = { single: 3_000, cluster: 1_000 } as const;

/**
 * Connects to a node, and asks it for its version.
 *
 * @param name which a certificate must be for
 * @param why finds out why it does not answer
 * @param refuseWhenClosed throws once the connection to the event store is closed
 * @throws EventStoreFailure
 */
export const connectNode = async (
  access: Access,
  endpoint: Endpoint,
  name: string,
  connectionName: string,
  why: () => Promise<Failure>,
  refuseWhenClosed: () => void,
): Promise<ConnectedNode> => {
  const { address } = access;
  const channel = openChannel(access, endpoint, name);
  let version: string;
  try {
    version = await askVersion(access, channel, address.discover ? connectMs.cluster : connectMs.single);
    refuseWhenClosed();
  } catch (error) {
    channel.close();
    refuseWhenClosed();
    throw eventStoreFailure(await why(), error);
  }
  const client = new NodeClient(access, endpoint, connectionName, channel);
  const appender = openAppender(channel, () => callMetadata(access, connectionName), address.defaultDeadline);
  const headers = callMetadata(access, connectionName).toHttp2Headers();
  const reader = openReader(http2Session(access, endpoint, name, headers));
  const stop = () => {
    appender.close();
    reader.close();
  };
  return { node: { endpoint, version, client, appender, reader }, channel, stop };
};

/**
 * The official client, on a connection that it neither makes nor replaces, because it has only one way of doing either.
 */
class NodeClient extends EventStoreDBClient {
  constructor({ address, ca }: Access, { host, port }: Endpoint, connectionName: string, channel: Channel) {
    super(
      { endpoint: { address: host, port }, connectionName, defaultDeadline: address.defaultDeadline },
      { insecure: !address.tls, ...(ca === undefined ? {} : { rootCertificate: ca }) },
      address.credentials,
    );
    this.getChannel = async () => channel;
  }
}
