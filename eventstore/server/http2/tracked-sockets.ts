import type { Socket } from 'node:net';
import type { ChannelCredentials, experimental } from '@grpc/grpc-js';

/** How long a connection may take to end gracefully (HTTP/2 says goodbye first) before it is cut. */
const goodbyeMs = 1_000;

/** The connections that gRPC opens with some credentials. */
export type TrackedSockets = {
  readonly credentials: ChannelCredentials;
  /** Call it after the channel was closed: no connection stays open, and no more are opened. */
  close(): void;
};

/**
 * Keeps track of a channel's connections. When a channel is closed, gRPC ignores those that are still connecting: one
 * to a server that never answers stays open forever and keeps the process running, and a retry may open another.
 */
export const trackSockets = (given: ChannelCredentials): TrackedSockets => {
  const opening = new Set<Socket>();
  const sockets = new Set<Socket>();
  let closed = false;
  const refuseWhenClosed = () => {
    if (closed) throw new Error('the channel was closed');
  };

  const track = (connector: experimental.SecureConnector): experimental.SecureConnector => ({
    getCallCredentials: () => connector.getCallCredentials(),
    destroy: () => connector.destroy(),
    async waitForReady() {
      refuseWhenClosed();
      await connector.waitForReady();
    },
    // gRPC destroys the socket if this fails.
    async connect(socket) {
      refuseWhenClosed();
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      opening.add(socket);
      try {
        const result = await connector.connect(socket);
        refuseWhenClosed();
        return result;
      } finally {
        opening.delete(socket);
      }
    },
  });

  const credentials: ChannelCredentials = Object.create(given, {
    _createSecureConnector: {
      value: (...parameters: Parameters<ChannelCredentials['_createSecureConnector']>) =>
        track(given._createSecureConnector(...parameters)),
    },
  });
  return {
    credentials,
    close() {
      closed = true;
      for (const socket of opening) socket.destroy();
      setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, goodbyeMs).unref();
    },
  };
};
