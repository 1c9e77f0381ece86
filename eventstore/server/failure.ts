/**
 * What a failure of the event store means for the caller:
 *
 * - `refused`: it will be refused again (credentials, rights, a malformed request, a certificate)
 * - `away`: the server is unavailable; nothing is known to have been done
 * - `unknown-outcome`: the request was sent, and may have been done
 * - `not-here`: a position at which this store has no event
 * - `malformed`: it sent something that is not a message of the protocol, and would send it again
 */
export type FailureKind = 'refused' | 'away' | 'unknown-outcome' | 'not-here' | 'malformed';

/**
 * Why it was refused, if there is something to do about it; `closed`: we have closed the connection ourselves. `size` (too
 * large for one append), `deleted` (the stream was, for good) and `request` are about this call alone.
 */
export type Refusal = 'login' | 'right' | 'certificate' | 'tls' | 'request' | 'size' | 'deleted' | 'closed';

export type Failure = {
  readonly kind: FailureKind;
  readonly refusal?: Refusal;
  /** On one line, without secrets: `connect ECONNREFUSED 127.0.0.1:2113`. */
  readonly cause: string;
  /** What fixes it, if known: a sentence. */
  readonly remedy?: string;
  /** The missing right, if it is about one. */
  readonly right?: Right;
};

/**
 * The operations of openhouse that need a right: reading `$all`, and reading and writing the streams of its aggregates.
 */
export type Right = 'read $all' | 'read streams' | 'write streams';

/** An error that already knows what it means. */
export type EventStoreFailure = Error & { readonly failure: Failure };

export const eventStoreFailure = (failure: Failure, cause?: unknown): EventStoreFailure =>
  Object.assign(new Error(failure.cause, cause === undefined ? undefined : { cause }), {
    name: 'EventStoreFailure',
    failure,
  });

/** The parts of gRPC's and the client's errors that we use. */
type Known = {
  readonly type?: unknown;
  readonly code?: unknown;
  readonly details?: unknown;
  readonly metadata?: { getMap?(): Record<string, unknown> };
};

/** gRPC's status codes (https://grpc.io/docs/guides/status-codes), as far as they matter here. */
const code = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** The messages for a connection that breaks in the middle of a call, which has no type or code. */
const broken =
  /RST_STREAM|Connection dropped|ECONN(RESET|REFUSED)|EPIPE|Failed to connect|No connection established|write after end|socket hang up|GOAWAY|shut ?down|Not ?Ready|Too ?Busy|not leader/i;

/**
 * How servers report that they do not know a position: 23.10 in the first two ways, 24.10 in the third. The second may
 * mean something else, so the caller who gave the position checks it (`eventstore/positions/mark.ts`).
 */
const foreignPosition = /Unexpected ReadAllResult|Exception was thrown by handler|Invalid ?Position/i;

/**
 * The only place that interprets gRPC's codes and the client's error types.
 * @returns `undefined` if it is not a failure of the event store
 */
export const failureOf = (error: unknown): Failure | undefined => {
  if (!(error instanceof Error)) return undefined;
  if ('failure' in error) return (error as EventStoreFailure).failure;
  if (/^Channel has been (shut down|closed)/.test(error.message))
    return { kind: 'away', cause: 'the connection was closed' };
  const { type, code: status, metadata } = error as Known;
  const exception = String(type ?? metadata?.getMap?.().exception ?? '');
  if (exception === '' && typeof status !== 'number') return undefined; // neither gRPC's nor the client's
  const cause = causeOf(error);
  const refused = (refusal: Refusal): Failure => ({ kind: 'refused', refusal, cause });
  switch (exception) {
    case 'access-denied':
      return refused(status === code.unauthenticated ? 'login' : 'right');
    case 'not-leader':
      return { kind: 'away', cause: 'the node is no longer the leader' };
    case 'maximum-append-size-exceeded':
      return refused('size');
    case 'stream-deleted':
      return refused('deleted');
    case 'invalid-argument':
    case 'unsupported':
      return foreignPosition.test(cause) ? { kind: 'not-here', cause } : refused('request');
    case 'deadline-exceeded':
    case 'timeout':
      return { kind: 'unknown-outcome', cause };
    case 'unavailable':
    case 'cancelled':
      return { kind: 'away', cause };
  }
  switch (status) {
    case code.unauthenticated:
      return refused('login');
    case code.permissionDenied:
      return refused('right');
    case code.invalidArgument:
      return foreignPosition.test(cause) ? { kind: 'not-here', cause } : refused('request');
    case code.cancelled:
    case code.unavailable:
    case code.resourceExhausted:
      return { kind: 'away', cause };
    case code.deadlineExceeded:
    case code.aborted:
      return { kind: 'unknown-outcome', cause };
    case code.unknown:
    case code.internal:
    case code.failedPrecondition:
      if (broken.test(cause)) return { kind: 'away', cause };
      return foreignPosition.test(cause) ? { kind: 'not-here', cause } : undefined;
  }
  return exception === 'unknown' && broken.test(cause) ? { kind: 'away', cause } : undefined;
};

/** An error that names the right, if it is about a missing one. */
export const namingRight = (error: unknown, right: Right): unknown => {
  const failure = failureOf(error);
  return failure?.refusal === 'right' ? eventStoreFailure({ ...failure, right }, error) : error;
};

/** Whether it may be temporary: the server restarts, or another node becomes the leader. */
export const mayPass = (error: unknown): boolean => {
  const kind = failureOf(error)?.kind;
  return kind === 'away' || kind === 'unknown-outcome';
};

/** gRPC's message has several lines; this finds the system's own. */
const causeOf = (error: Error): string => {
  const text = error.message.replace(/\s+/g, ' ').trim();
  const system = /connect E[A-Z]+ \S+|getaddrinfo E[A-Z_]+ \S+/.exec(text)?.[0];
  return (system ?? text)
    .replace(/^\d+ [A-Z_]+: /, '')
    .replace(/\.$/, '')
    .slice(0, 300);
};

/** The leader's address, if a node reports that it is not the leader. */
export const leaderOf = (error: unknown): { readonly host: string; readonly port: number } | undefined => {
  const { leader, metadata } = (error ?? {}) as Known & { leader?: { address: string; port: number } };
  if (leader !== undefined) return { host: leader.address, port: leader.port };
  const map = metadata?.getMap?.() ?? {};
  const host = map['leader-endpoint-host'];
  const port = Number(map['leader-endpoint-port']);
  return host === undefined || !Number.isInteger(port) ? undefined : { host: String(host), port };
};
