import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls';
import { Channel, type ChannelCredentials, credentials, Metadata } from '@grpc/grpc-js';
import {
  type Endpoint,
  type EventStoreAddress,
  eventStoreAddressProblem,
  parseEventStoreAddress,
} from '../../../platform/config/event-store-address.ts';
import { exitCodes, userError } from '../../../platform/errors.ts';
import { trackSockets } from './tracked-sockets.ts';

/** How to reach the nodes of an event store: its address, with the contents of the files that it names. */
export type Access = {
  readonly address: EventStoreAddress;
  readonly ca: Buffer | undefined;
  readonly userCertificate: { readonly certificate: Buffer; readonly key: Buffer } | undefined;
};

/**
 * @throws UserError (exit code 2) with what is wrong with a connection string or a file that it names; never its
 * password
 */
export const readAccess = (url: string): Access => {
  const parsed = parseEventStoreAddress(url);
  const problem = eventStoreAddressProblem(url);
  if ('problem' in parsed || problem !== undefined)
    throw userError(`the configuration is wrong: EVENTSTORE_URL ${problem}`, {
      code: 'configuration',
      hint: 'See docs/on-your-eventstoredb.md for the forms of address.',
      exitCode: exitCodes.usage,
    });
  const { address } = parsed;
  const { tls, tlsCAFile, userCertFile, userKeyFile } = address;
  return {
    address,
    ca: tls && tlsCAFile !== undefined ? readFileSync(tlsCAFile) : undefined,
    userCertificate:
      tls && userCertFile !== undefined && userKeyFile !== undefined
        ? { certificate: readFileSync(userCertFile), key: readFileSync(userKeyFile) }
        : undefined,
  };
};

/** A host as written in a URL. */
export const shownEndpoint = ({ host, port }: Endpoint): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** A name for SNI if the host is an IP address, which SNI does not allow (RFC 6066, 3). */
const noName = 'eventstore.invalid';

/** The name that a certificate is checked against, and the name for SNI. */
export const tlsNames = (host: string): { readonly checked: string; readonly sni: string } => ({
  checked: host,
  sni: isIP(host) === 0 ? host : noName,
});

/** How to make a TLS connection to a node. @param name which its certificate must be for */
export const tlsOptions = ({ address, ca, userCertificate }: Access, name: string): ConnectionOptions => {
  const { checked, sni } = tlsNames(name);
  return {
    servername: sni,
    rejectUnauthorized: address.tlsVerifyCert,
    checkServerIdentity: (_, certificate) => checkServerIdentity(checked, certificate),
    ...(ca === undefined ? {} : { ca }),
    ...(userCertificate === undefined ? {} : { cert: userCertificate.certificate, key: userCertificate.key }),
  };
};

const channelCredentials = ({ address, ca, userCertificate }: Access, name: string): ChannelCredentials => {
  if (!address.tls) return credentials.createInsecure();
  return credentials.createSsl(ca ?? null, userCertificate?.key ?? null, userCertificate?.certificate ?? null, {
    rejectUnauthorized: address.tlsVerifyCert,
    checkServerIdentity: (_: string, certificate: PeerCertificate) => checkServerIdentity(name, certificate),
  });
};

/**
 * A connection to one node. Closing it leaves no socket open, not even one that is still connecting.
 * @param name the name in the node's certificate, if it is not the host that is called
 */
export const openChannel = (access: Access, endpoint: Endpoint, name = endpoint.host): Channel => {
  const { keepAliveInterval, keepAliveTimeout, tls } = access.address;
  const { checked, sni } = tlsNames(name);
  const sockets = trackSockets(channelCredentials(access, checked));
  const channel = new Channel(shownEndpoint(endpoint), sockets.credentials, {
    'grpc.keepalive_time_ms': keepAliveInterval < 0 ? Number.MAX_VALUE : keepAliveInterval,
    'grpc.keepalive_timeout_ms': keepAliveTimeout < 0 ? Number.MAX_VALUE : keepAliveTimeout,
    // Other clients may have appended events of up to 16 MiB.
    'grpc.max_receive_message_length': 17 * 1024 * 1024,
    // The default of 64 KB is some 150 events: the server would wait whenever we are busy with what we have.
    'grpc-node.flow_control_window': 1024 * 1024,
    // Not shared with others, so that a new connection does not wait because an earlier one failed.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1_000,
    ...(tls ? { 'grpc.ssl_target_name_override': sni } : {}),
  });
  const close = channel.close.bind(channel);
  channel.close = () => {
    close();
    sockets.close();
  };
  return channel;
};

/** The metadata of every call that is not made by the official client. Credentials are only sent over TLS. */
export const callMetadata = ({ address }: Access, connectionName: string): Metadata => {
  const metadata = new Metadata();
  metadata.set('connection-name', connectionName);
  if (address.credentials !== undefined && address.tls) {
    const { username, password } = address.credentials;
    metadata.set('authorization', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  }
  if (needsLeader(address)) metadata.set('requires-leader', 'true');
  return metadata;
};

/** In a cluster, a node that is no longer the leader answers late and with outdated data. */
const needsLeader = ({ discover, nodePreference }: EventStoreAddress): boolean =>
  discover && nodePreference === 'leader';
