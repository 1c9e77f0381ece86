import type { ClientHttp2Session } from 'node:http2';
import type { EventStoreAddress } from '../../../platform/config/event-store-address.ts';

/** Timers cannot wait longer. */
const longestMs = 2 ** 31 - 1;

/**
 * Breaks a connection that no longer answers: without pings, a call would wait for ever on a connection that a firewall
 * has forgotten. There are none while there are no calls.
 *
 * Whatever arrives shows that the connection works. The answer to a ping comes after all the data that is on its way: on a slow
 * line that may be seconds, and as long again may pass before a busy process has read it.
 */
export const keepAlive = (
  session: ClientHttp2Session,
  { keepAliveInterval, keepAliveTimeout }: Pick<EventStoreAddress, 'keepAliveInterval' | 'keepAliveTimeout'>,
) => {
  let busy = false;
  /** There were no calls when a ping was due. */
  let skipped = false;
  let timer: NodeJS.Timeout | null = null;

  const ping = () => {
    if (session.destroyed || session.closed) return;
    let answered = false;
    let limit: NodeJS.Timeout | undefined;
    const wait = () => {
      const received = session.socket.bytesRead;
      const late = () => {
        if (answered || session.destroyed) return;
        if (session.socket.bytesRead > received) wait();
        else session.destroy(new Error('Connection dropped: a ping was not answered'));
      };
      // Not at once, because the answer may have arrived while this process was busy.
      limit = setTimeout(() => setImmediate(late), Math.min(keepAliveTimeout, longestMs)).unref();
    };
    if (keepAliveTimeout >= 0) wait();
    session.ping(() => {
      answered = true;
      clearTimeout(limit);
    });
  };

  if (keepAliveInterval > 0) {
    timer = setInterval(
      () => {
        if (busy) ping();
        else skipped = true;
      },
      Math.min(keepAliveInterval, longestMs),
    ).unref();
    session.once('close', () => timer !== null && clearInterval(timer));
  }
  return {
    start() {
      busy = true;
      if (skipped) ping();
      skipped = false;
    },
    stop() {
      busy = false;
    },
  };
};
