import { createReadStream } from 'node:fs';
import { errorCode, errorMessage } from '../../platform/errors.ts';
import { sourceError } from '../source.ts';
import type { DumpFile } from './find-collections.ts';
import { gunzipMembers, trailingBytes } from './gzip-members.ts';

/**
 * The content of a file in chunks, unzipped if necessary. `onBytes` gets the number of bytes as they are on disk, so
 * that progress can be shown relative to the file's size.
 * @throws SourceError if the file cannot be read, or its gzip is broken or cut short.
 */
export async function* byteStream(
  file: DumpFile,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer, void, undefined> {
  const counted = bytesOnce(onBytes);
  let offset = 0;
  try {
    for await (const chunk of file.gzip ? gunzipMembers(() => onDisk(file, counted())) : onDisk(file, onBytes)) {
      yield chunk;
      offset += chunk.length;
    }
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'Z_BUF_ERROR') throw broken(file, offset, 'gzip-cut-short', 'the gzip file is cut short');
    if (code === trailingBytes) {
      throw broken(file, offset, 'gzip-trailing-bytes', 'the gzip file is followed by bytes that are not gzip');
    }
    if (code.startsWith('Z_')) {
      throw broken(file, offset, 'not-gzip', `the gzip file is broken (${errorMessage(error)})`);
    }
    throw broken(file, offset, 'file-unreadable', errorMessage(error));
  }
}

async function* onDisk(file: DumpFile, onBytes: (bytes: number) => void): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of createReadStream(file.path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** A broken gzip file is read more than once; its bytes count the first time. */
const bytesOnce = (onBytes: (bytes: number) => void) => {
  let first = true;
  return () => {
    const counts = first;
    first = false;
    return counts ? onBytes : () => {};
  };
};

const broken = (file: DumpFile, offset: number, code: string, what: string) =>
  sourceError({
    code,
    file: file.path,
    offset,
    message: `${what}. Everything before that is imported. Create the dump again and import it again.`,
  });
