import { connect as connectTcp, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { Endpoint } from '../../platform/config/event-store-address.ts';
import { errorMessage } from '../../platform/errors.ts';
import type { Failure } from './failure.ts';
import { type Access, shownEndpoint, tlsNames } from './http2/channel.ts';

const timeoutMs = 1_000;

/** Finds out why a node does not answer by connecting to it step by step, since gRPC hardly says. */
export const whyUnreachable = async (access: Access, endpoint: Endpoint): Promise<Failure> => {
  const where = shownEndpoint(endpoint);
  try {
    (await openSocket(endpoint)).destroy();
  } catch (error) {
    return { kind: 'away', cause: errorMessage(error) };
  }
  if (!access.address.tls) {
    const secure = await handshake(access, endpoint, false);
    if (!('socket' in secure)) return { kind: 'away', cause: `${where} accepts connections but does not answer` };
    secure.socket.destroy();
    return {
      kind: 'refused',
      refusal: 'tls',
      cause: `${where} speaks TLS`,
      remedy: 'Remove tls=false from EVENTSTORE_URL.',
    };
  }
  const secure = await handshake(access, endpoint, true);
  if ('socket' in secure) {
    const { socket } = secure;
    const failure = access.address.tlsVerifyCert ? whyNotTrusted(socket, endpoint) : undefined;
    socket.destroy();
    return failure ?? { kind: 'away', cause: `${where} accepts connections but does not answer` };
  }
  if (await speaksWithoutTls(endpoint))
    return {
      kind: 'refused',
      refusal: 'tls',
      cause: `${where} speaks without TLS`,
      remedy: 'Add tls=false to EVENTSTORE_URL.',
    };
  return { kind: 'away', cause: `${where} accepts connections but does not answer` };
};

const whyNotTrusted = (socket: TLSSocket, endpoint: Endpoint): Failure | undefined => {
  const where = shownEndpoint(endpoint);
  const refused = (cause: string, remedy: string): Failure => ({
    kind: 'refused',
    refusal: 'certificate',
    cause,
    remedy,
  });
  const certificate = socket.getPeerCertificate() as PeerCertificate | undefined;
  if (!socket.authorized) {
    const code = String(socket.authorizationError);
    if (/EXPIRED|NOT_YET_VALID/.test(code))
      return refused(
        `the certificate of ${where} is not valid now (from ${certificate?.valid_from} to ${certificate?.valid_to})`,
        'Renew it on the server.',
      );
    return refused(
      `the certificate of ${where} is from an unknown CA (${code})`,
      'Give the file of that CA in EVENTSTORE_URL: tlsCAFile=/path/to/ca.crt.',
    );
  }
  const wrongName = certificate === undefined ? undefined : checkServerIdentity(endpoint.host, certificate);
  if (wrongName === undefined) return undefined;
  const names = certificate?.subjectaltname?.replace(/\b(DNS|IP Address):/g, '') ?? certificate?.subject?.CN;
  return refused(
    `the certificate of ${where} is for another name (${names})`,
    'Use one of its names as the host in EVENTSTORE_URL, or issue a certificate for this one.',
  );
};

const openSocket = ({ host, port }: Endpoint): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port });
    socket.once('connect', () => resolve(socket));
    socket.on('error', reject);
    socket.setTimeout(timeoutMs, () => {
      socket.destroy();
      reject(new Error(`no answer from ${shownEndpoint({ host, port })}`));
    });
  });

/** @param withIdentity whether to send the user's certificate, if there is one */
const handshake = (
  { ca, userCertificate }: Access,
  { host, port }: Endpoint,
  withIdentity: boolean,
): Promise<{ socket: TLSSocket } | { error: Error }> =>
  new Promise((resolve) => {
    const socket = connectTls({
      host,
      port,
      servername: tlsNames(host).sni,
      ALPNProtocols: ['h2'],
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(ca === undefined ? {} : { ca }),
      ...(withIdentity && userCertificate !== undefined
        ? { cert: userCertificate.certificate, key: userCertificate.key }
        : {}),
    });
    const fail = (error: Error) => {
      socket.destroy();
      resolve({ error });
    };
    socket.once('secureConnect', () => resolve({ socket }));
    socket.on('error', fail);
    socket.once('close', () => fail(new Error('closed')));
    socket.setTimeout(timeoutMs, () => fail(new Error('no answer')));
  });

/** The start of an HTTP/2 connection (RFC 9113, 3.4), followed by the empty SETTINGS frame. */
const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const settingsFrame = 4;

const speaksWithoutTls = async (endpoint: Endpoint): Promise<boolean> => {
  const socket = await openSocket(endpoint).catch(() => undefined);
  if (socket === undefined) return false;
  return await new Promise((resolve) => {
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('data', (data) => answer(data.length > 3 && data[3] === settingsFrame));
    socket.once('close', () => answer(false));
    socket.setTimeout(timeoutMs, () => answer(false));
    socket.write(preface);
  });
};
