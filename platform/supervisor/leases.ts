import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import type { Config } from '../config/config.ts';
import { exitCodes, isUserError, userError } from '../errors.ts';
import {
  type FromSupervisor,
  receive,
  type SupervisorStatus,
  send,
  serversWanted,
  type ToSupervisor,
  toPlainError,
} from './protocol.ts';
import type { EmbeddedServers } from './servers.ts';

/** A command that was killed may be restarted at once: keep the servers running this long. */
const graceAfterLoss = 1_500;
/** The command that started the supervisor may die before it connects: do not wait forever. */
const graceAfterStart = 15_000;

type Lease = { pid: number; command: string; since: string };

/** Accepts connections from commands, on loopback and with a token, and reports when the last one has left. */
export async function listenForCommands(options: {
  config: Config;
  servers: EmbeddedServers;
  log(text: string): void;
  onIdle(): void;
}): Promise<{ port: number; token: string; refuseNew(): void; close(): void }> {
  const { config, servers, log, onIdle } = options;
  const token = randomBytes(24).toString('base64url');
  const startedAt = new Date().toISOString();
  const leases = new Map<Socket, Lease>();
  const connections = new Set<Socket>();
  let refusing = false;
  let idle: NodeJS.Timeout | undefined;

  const whenIdle = (delay: number) => {
    clearTimeout(idle);
    idle = setTimeout(() => {
      if (leases.size === 0) onIdle();
    }, delay);
  };

  async function grant(socket: Socket, request: ToSupervisor & { type: 'lease' }): Promise<void> {
    const { pid, command, needs } = request;
    clearTimeout(idle);
    leases.set(socket, { pid, command, since: new Date().toISOString() });
    log(`lease for ${command} (process ${pid})`);
    send(socket, { type: 'welcome' });
    // Starting may take a while (crash recovery); a message now and then tells a slow start from a hang.
    const alive = setInterval(() => send(socket, { type: 'welcome' }), 2_000);
    try {
      if (request.servers !== serversWanted(config))
        throw userError('the servers of this home were started with another DATABASE_URL or EVENTSTORE_URL', {
          code: 'other-servers',
          hint: 'Stop the commands that use them (`openhouse doctor` lists them), or choose another home with --home.',
          exitCode: exitCodes.usage,
        });
      const urls = await servers.provide(needs, (text) => send(socket, { type: 'progress', text }));
      send(socket, { type: 'ready', ...urls });
    } catch (error) {
      log(`could not start the servers for ${command}: ${isUserError(error) ? error.message : inspect(error)}`);
      send(socket, { type: 'failed', error: toPlainError(error) });
      giveBack(socket, 0);
    } finally {
      clearInterval(alive);
    }
  }

  function giveBack(socket: Socket, grace: number): void {
    const lease = leases.get(socket);
    if (lease === undefined) return;
    leases.delete(socket);
    log(`${lease.command} (process ${lease.pid}) has left`);
    if (leases.size === 0) whenIdle(grace);
    // While other commands still use the servers, this one need not wait for them to stop.
    else socket.end();
  }

  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      connections.delete(socket);
      giveBack(socket, graceAfterLoss);
    });
    receive<ToSupervisor>(socket, (message) => {
      if (message.type === 'release') return giveBack(socket, 0);
      if (!sameToken(message.token, token)) return void socket.destroy();
      if (message.type === 'status') {
        const status: SupervisorStatus = {
          pid: process.pid,
          startedAt,
          leases: [...leases.values()],
          ...servers.status(),
        };
        const answer: FromSupervisor = { type: 'status', status };
        send(socket, answer);
        return void socket.end();
      }
      if (refusing) {
        send(socket, { type: 'stopping' });
        return void socket.end();
      }
      void grant(socket, message);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the TCP server has no port');
  whenIdle(graceAfterStart);

  return {
    port: address.port,
    token,
    refuseNew() {
      refusing = true;
      clearTimeout(idle);
    },
    close() {
      server.close();
      for (const socket of connections) socket.end();
    },
  };
}

function sameToken(given: unknown, token: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
