import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Endpoint } from '../../../platform/config/event-store-address.ts';
import type { Http2Session } from '../../reader/reader.ts';
import { type Access, shownEndpoint, tlsOptions } from './channel.ts';
import { keepAlive } from './keep-alive.ts';

/**
 * What the server may send ahead of us, for one stream and for all together: as much as a projection folds at a time, so that
 * the server reads the next events while we are busy with those that we have. (With 1 MB, a rebuild waited for a quarter of
 * its time; with 4 MB, for an eighth.)
 */
const windowBytes = 4 * 1024 * 1024;

/** How long a node may take to accept a connection. It has answered before. */
const connectMs = 10_000;

/** How long a connection may take to end gracefully (HTTP/2 says goodbye first) before it is cut. */
const goodbyeMs = 1_000;

/**
 * For what HTTP/2's pings do not cover: Node sends none once a server has said goodbye (GOAWAY), but a subscription may go on
 * over that connection for hours.
 */
const tcpKeepAliveMs = 10_000;

type Connected = { readonly session: ClientHttp2Session; readonly socket: Socket };

/**
 * An HTTP/2 connection to a node. It is opened by the first call, and again by the next one if it breaks.
 *
 * @param name the name in the node's certificate, if it is not the host that is called
 * @param headers of each call
 */
export const http2Session = (
  access: Access,
  endpoint: Endpoint,
  name: string,
  headers: OutgoingHttpHeaders,
): Http2Session => {
  let current: Connected | null = null;

  const connect = (): Connected => {
    const socket = openSocket(access, endpoint, name);
    // Not the endpoint: Node would make an authority of it that lacks the brackets of an IPv6 address, and not every host
    // name is valid in a URL (`store.1`).
    const session = connectHttp2(access.address.tls ? 'https://node' : 'http://node', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: windowBytes },
      // It counts what waits in the streams, which has limits of its own.
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
    });
    // The socket, which destroys the session. The other way round, a socket that is still connecting would stay until the
    // operating system gives up (two minutes), and keep the process running.
    const late = setTimeout(() => {
      socket.destroy(new Error(`no answer from ${shownEndpoint(endpoint)}`));
    }, connectMs).unref();
    session.once('remoteSettings', () => {
      clearTimeout(late);
      if (!session.destroyed) session.setLocalWindowSize(windowBytes);
    });
    session.on('error', () => {}); // every stream of it has the error too
    session.once('close', () => clearTimeout(late));
    session.unref();
    return { session, socket };
  };

  /** A process ends although the connection is open, unless there are calls. */
  const watch = (session: ClientHttp2Session) => {
    const alive = keepAlive(session, access.address);
    let calls = 0;
    return (stream: ClientHttp2Stream) => {
      if (calls++ === 0) {
        session.ref();
        alive.start();
      }
      stream.once('close', () => {
        if (--calls > 0) return;
        alive.stop();
        if (!session.destroyed) session.unref();
      });
    };
  };
  let watched: (stream: ClientHttp2Stream) => void = () => {};

  return {
    open(path) {
      if (current === null || current.session.closed || current.session.destroyed) {
        current = connect();
        watched = watch(current.session);
      }
      const stream = current.session.request({
        [constants.HTTP2_HEADER_METHOD]: constants.HTTP2_METHOD_POST,
        [constants.HTTP2_HEADER_AUTHORITY]: shownEndpoint(endpoint),
        [constants.HTTP2_HEADER_PATH]: path,
        [constants.HTTP2_HEADER_TE]: 'trailers',
        [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
        ...headers,
      });
      watched(stream);
      return stream;
    },
    close() {
      if (current === null) return;
      const { session, socket } = current;
      current = null;
      if (session.destroyed) return;
      if (session.connecting) return void socket.destroy();
      session.close();
      setTimeout(() => session.destroy(), goodbyeMs).unref();
    },
  };
};

const openSocket = (access: Access, { host, port }: Endpoint, name: string): Socket => {
  const socket = access.address.tls
    ? connectTls({ host, port, ALPNProtocols: ['h2'], ...tlsOptions(access, name) })
    : connectTcp({ host, port });
  socket.setNoDelay();
  return access.address.keepAliveInterval > 0 ? socket.setKeepAlive(true, tcpKeepAliveMs) : socket;
};
