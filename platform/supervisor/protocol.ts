import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Config } from '../config/config.ts';
import { type ExitCode, errorMessage, exitCodes, isUserError, type UserError, userError } from '../errors.ts';

/*
 * Commands and the supervisor talk over loopback TCP, one JSON document a line. A command's connection is its lease on the
 * servers: they run while it is open; when it closes, however the command ends, the lease is released.
 */

/** The servers a command needs. */
export type Needs = {
  /** false: only PostgreSQL. A place: exactly there. */
  eventStore: boolean | EventStorePlace;
};

export type EventStorePlace = {
  port: number;
  host: string;
  /** Without TLS and credentials. */
  insecure: boolean;
  /** The host that clients with discovery are told to connect to, if not `host`. */
  advertiseHost: string | undefined;
};

export type ToSupervisor =
  | { type: 'lease'; token: string; pid: number; command: string; servers: string; needs: Needs }
  | { type: 'release' }
  | { type: 'status'; token: string };

export type FromSupervisor =
  /** Sent at once, so that a supervisor that hangs can be told from a busy one. */
  | { type: 'welcome' }
  | { type: 'progress'; text: string }
  | { type: 'ready'; databaseUrl: string; eventStoreUrl: string | undefined }
  | { type: 'failed'; error: PlainError }
  /** It is shutting down: wait, then start another one. */
  | { type: 'stopping' }
  | { type: 'status'; status: SupervisorStatus };

export type SupervisorStatus = {
  pid: number;
  startedAt: string;
  leases: { pid: number; command: string; since: string }[];
  postgres: ServerStatus | undefined;
  eventStore: ServerStatus | undefined;
};

export type ServerStatus = { pid: number; host: string; port: number; restarts: number };

/** How to reach the supervisor, as stored in `run/supervisor.json`. */
export type SupervisorAddress = { pid: number; port: number; token: string };

type PlainError = { message: string; code: string; hint: string | undefined; exitCode: ExitCode };

/** Equal for two commands that want the same servers, without revealing their passwords. */
export function serversWanted(config: Pick<Config, 'databaseUrl' | 'eventStoreUrl'>): string {
  const wanted = JSON.stringify([config.databaseUrl ?? null, config.eventStoreUrl ?? null]);
  return createHash('sha256').update(wanted).digest('hex');
}

export function toPlainError(error: unknown): PlainError {
  if (isUserError(error)) {
    const { message, code, hint, exitCode } = error;
    return { message, code, hint, exitCode };
  }
  return {
    message: errorMessage(error),
    code: 'server-start',
    hint: 'See the log, logs/supervisor.log in the home folder.',
    exitCode: exitCodes.unreachable,
  };
}

export function fromPlainError({ message, ...details }: PlainError): UserError {
  return userError(message, details);
}

export function send(socket: Socket, message: ToSupervisor | FromSupervisor): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Calls `handle` for each message; a line that is not JSON ends the connection. */
export function receive<Message>(socket: Socket, handle: (message: Message) => void): void {
  const lines = createInterface({ input: socket });
  // readline re-emits the socket's errors, which the socket's own handlers deal with.
  lines.on('error', () => {});
  lines.on('line', (line) => {
    let message: Message;
    try {
      message = JSON.parse(line) as Message;
    } catch {
      socket.destroy();
      return;
    }
    handle(message);
  });
}
