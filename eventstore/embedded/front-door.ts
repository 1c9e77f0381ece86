import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** Certificate (with its chain) and key, as PEM. */
export type TlsIdentity = { readonly certificate: Buffer; readonly key: Buffer };

export type FrontDoor = {
  readonly port: number;
  /** Stops accepting connections, and ends those that speak HTTP/1.1 or have not sent anything yet. */
  close(): void;
};

/** Start of the HTTP/2 preface (RFC 9113, 3.4); no HTTP/1.1 request begins with these three bytes. */
const preface = Buffer.from('PRI');
/** How long a new connection may stay silent. */
const patienceMs = 30_000;

/**
 * One port for gRPC and plain HTTP/1.1, like an EventStoreDB node's: the first bytes of a connection decide which of the
 * two handles it. TLS, if any, is terminated here.
 */
export const openFrontDoor = async (options: {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsIdentity | undefined;
  /** Handles a connection that speaks HTTP/2. */
  onHttp2(connection: Socket): void;
  readonly onRequest: RequestListener;
}): Promise<FrontDoor> => {
  const { host, port, tls, onHttp2, onRequest } = options;
  const undecided = new Set<Socket>();
  const http1 = createHttpServer(onRequest);

  const welcome = (socket: Socket) => {
    undecided.add(socket);
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => undecided.delete(socket));
    const listen = () => {
      const said: Buffer | null = socket.read();
      if (said === null) return socket.once('readable', listen);
      socket.unshift(said);
      // Not enough bytes to decide: wait for more.
      if (said.length < preface.length && preface.subarray(0, said.length).equals(said)) {
        return setTimeout(listen, 20).unref();
      }
      undecided.delete(socket);
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      if (said.subarray(0, preface.length).equals(preface)) onHttp2(socket);
      else http1.emit('connection', socket);
    };
    socket.once('readable', listen);
  };

  const server: Server = tls
    ? createTlsServer(
        { cert: tls.certificate, key: tls.key, ALPNProtocols: ['h2', 'http/1.1'], noDelay: true },
        welcome,
      )
    : createServer({ noDelay: true }, welcome);
  // The client does not trust the certificate or does not speak TLS: nothing to do here.
  server.on('tlsClientError', () => {});
  server.listen({ host, port });
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    close() {
      server.close();
      http1.closeAllConnections();
      for (const socket of undecided) socket.destroy();
    },
  };
};
