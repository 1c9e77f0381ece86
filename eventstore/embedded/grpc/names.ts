import { invalidArgument } from './errors.ts';

const maxNameBytes = 65_535;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes a stream's name. Rejects with INVALID_ARGUMENT what cannot be a stream: nothing, `$$` (metadata of nothing),
 * invalid UTF-8, and names longer than 65,535 bytes. Everything else is allowed, including NUL.
 */
export const streamName = (bytes: Uint8Array): string => {
  if (bytes.length === 0) throw invalidArgument("a stream's name must not be empty");
  if (bytes.length > maxNameBytes)
    throw invalidArgument(`a stream's name must not be longer than ${maxNameBytes} bytes`);
  let name: string;
  try {
    name = decoder.decode(bytes);
  } catch {
    throw invalidArgument("a stream's name must be UTF-8");
  }
  if (name === '$$') throw invalidArgument("'$$' is not a stream");
  return name;
};

/** Like `streamName`, for a stream to be written: excludes `$all`. */
export const writableStreamName = (bytes: Uint8Array): string => {
  const name = streamName(bytes);
  if (name === '$all') throw invalidArgument("'$all' cannot be written to");
  return name;
};
