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
  const disk = createReadStream(file.path, { highWaterMark: 64 * 1024 });
  disk.on('data', (chunk) => onBytes(chunk.length));
  let offset = 0;
  try {
    for await (const chunk of file.gzip ? gunzipMembers(disk) : (disk as AsyncIterable<Buffer>)) {
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
  } finally {
    disk.destroy();
  }
}

const broken = (file: DumpFile, offset: number, code: string, what: string) =>
  sourceError({
    code,
    file: file.path,
    offset,
    message: `${what}. Everything before that is imported. Create the dump again and import it again.`,
  });
