import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { Metadata, status } from '@grpc/grpc-js';

/** How a call ended; what is not known is `undefined`. */
export type CallEnd = {
  readonly httpStatus: number | undefined;
  /** The headers with the call's status: those at its end, or the only ones of a call that failed at once. */
  readonly trailers: IncomingHttpHeaders | undefined;
  /** Everything that the server sent was passed on. Node drops what it still holds when a connection breaks. */
  readonly complete: boolean;
  /** Why the stream or its connection broke. */
  readonly broken: Error | undefined;
  /** HTTP/2's code. */
  readonly rstCode: ClientHttp2Stream['rstCode'];
};

/**
 * The error that gRPC's own client would throw for a call that ended like this; `null`: it succeeded. By
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md and, without a status, http-grpc-status-mapping.md.
 */
export const callError = (end: CallEnd): Error | null => {
  const { code, details } = statusOf(end);
  if (code === status.OK) return null;
  const metadata = metadataOf(end.trailers ?? {});
  return Object.assign(new Error(`${code} ${status[code]}: ${details}`), { code, details, metadata });
};

type Status = { readonly code: number; readonly details: string };

const statusOf = (end: CallEnd): Status => {
  const { httpStatus, trailers, complete, broken, rstCode = constants.NGHTTP2_NO_ERROR } = end;
  const code = trailers?.['grpc-status'];
  if (code !== undefined) {
    const known = Number(code) in status ? Number(code) : status.UNKNOWN;
    if (known === status.OK && !complete) return { code: status.UNAVAILABLE, details: 'Connection dropped' };
    return { code: known, details: decoded(String(trailers?.['grpc-message'] ?? '')) };
  }
  if (httpStatus !== undefined && httpStatus !== constants.HTTP_STATUS_OK) {
    return { code: byHttpStatus.get(httpStatus) ?? status.UNKNOWN, details: `Received HTTP status code ${httpStatus}` };
  }
  if (broken !== undefined && !isOfStream(broken)) return { code: status.UNAVAILABLE, details: broken.message };
  switch (rstCode) {
    case constants.NGHTTP2_REFUSED_STREAM:
      return { code: status.UNAVAILABLE, details: 'Stream refused by server' };
    case constants.NGHTTP2_CANCEL:
      // Node uses it when a connection drops.
      return { code: status.UNAVAILABLE, details: 'Connection dropped' };
    case constants.NGHTTP2_ENHANCE_YOUR_CALM:
      return { code: status.RESOURCE_EXHAUSTED, details: 'Bandwidth exhausted or memory limit exceeded' };
    case constants.NGHTTP2_INADEQUATE_SECURITY:
      return { code: status.PERMISSION_DENIED, details: 'Protocol not secure enough' };
    default:
      return { code: status.INTERNAL, details: `Received RST_STREAM with code ${rstCode} (the call has no status)` };
  }
};

const byHttpStatus: ReadonlyMap<number, status> = new Map([
  [400, status.INTERNAL],
  [401, status.UNAUTHENTICATED],
  [403, status.PERMISSION_DENIED],
  [404, status.UNIMPLEMENTED],
  [429, status.UNAVAILABLE],
  [502, status.UNAVAILABLE],
  [503, status.UNAVAILABLE],
  [504, status.UNAVAILABLE],
]);

/** Whether it only repeats the code of a stream. */
const isOfStream = (error: Error): boolean => 'code' in error && error.code === 'ERR_HTTP2_STREAM_ERROR';

/** `grpc-message` is percent-encoded. */
const decoded = (message: string): string => {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
};

/** Without the status, whose message would not be valid metadata if it is not encoded as it should be. */
const metadataOf = ({ 'grpc-status': _, 'grpc-message': __, ...headers }: IncomingHttpHeaders): Metadata =>
  Metadata.fromHttp2Headers(headers);
