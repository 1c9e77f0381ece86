import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** Certificate (with its chain) and key, as PEM. */
export type TlsIdentity = { readonly certificate: Buffer; readonly key: Buffer };

export type FrontDoor = {
  readonly port: number;
  /** Takes no more connections, and ends those that speak HTTP/1.1 or have said nothing yet. */
  close(): void;
};

/** How HTTP/2 begins (RFC 9113, 3.4); no request of HTTP/1.1 begins with these three. */
const preface = Buffer.from('PRI');
/** For how long a connection may say nothing. */
const patienceMs = 30_000;

/**
 * One port for gRPC and for plain HTTP/1.1, as an EventStoreDB node has: by what a connection says first, it goes to one or
 * the other. TLS, if any, ends here.
 */
export const openFrontDoor = async (options: {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsIdentity | undefined;
  /** Takes a connection that speaks HTTP/2. */
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
      // Less than it takes to tell: wait for more.
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
  // A client that does not trust the certificate, or speaks no TLS: its own affair.
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
