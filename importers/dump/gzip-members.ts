import { createGunzip, type Gunzip } from 'node:zlib';

/** Bytes after the last gzip member that are neither padding nor another member. */
export const trailingBytes = 'GZIP_TRAILING_BYTES';

const firstByteOfGzip = 0x1f;

/**
 * The content of a gzip file in chunks: all its members, including those after padding (`tar` and tapes pad with zeros,
 * at which Node's own gunzip silently stops). Whatever was unzipped before an error is yielded before the error is
 * thrown.
 *
 * @throws Error with zlib's code (`Z_BUF_ERROR` if the file is cut short), or `trailingBytes`
 */
export async function* gunzipMembers(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let member: Member | undefined;
  let members = 0;
  try {
    for await (const chunk of source) {
      let rest: Buffer = chunk;
      while (rest.length > 0) {
        if (member === undefined) {
          rest = withoutPadding(rest);
          if (rest.length === 0) break;
          // If it is the first one, zlib reports the error itself.
          if (members > 0 && rest[0] !== firstByteOfGzip) throw trailing();
          member = openMember();
          members++;
        }
        rest = await member.write(rest);
        yield* member.take();
        member.throwIfFailed();
        if (rest.length > 0) member = undefined;
      }
    }
    if (member === undefined && members > 0) return;
    member ??= openMember();
    await member.end();
    yield* member.take();
    member.throwIfFailed();
  } finally {
    member?.close();
  }
}

const withoutPadding = (bytes: Buffer): Buffer => {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start === -1 ? bytes.subarray(bytes.length) : bytes.subarray(start);
};

const trailing = () =>
  Object.assign(new Error('the end is followed by bytes that are not gzip'), { code: trailingBytes });

type Member = {
  /** Unzips a chunk. @returns the bytes after the end of the member, empty as long as it has not ended */
  write(chunk: Buffer): Promise<Buffer>;
  /** The file has no more bytes. */
  end(): Promise<void>;
  /** Everything unzipped since the last call. */
  take(): readonly Buffer[];
  throwIfFailed(): void;
  close(): void;
};

const openMember = (): Member => {
  const gunzip: Gunzip = createGunzip({ chunkSize: 64 * 1024 });
  let unzipped: Buffer[] = [];
  let written = 0;
  let failure: Error | undefined;
  let wake = () => {};
  gunzip.on('data', (chunk: Buffer) => unzipped.push(chunk));
  gunzip.on('end', () => wake());
  gunzip.on('error', (error) => {
    failure = error;
    wake();
  });
  // zlib never calls back for a write beyond the end of the member, but emits `end` instead.
  const settled = (start: (done: () => void) => void) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      start(resolve);
    });
  return {
    async write(chunk) {
      written += chunk.length;
      await settled((done) => gunzip.write(chunk, () => done()));
      return failure === undefined ? chunk.subarray(chunk.length - (written - gunzip.bytesWritten)) : chunk;
    },
    async end() {
      await settled(() => gunzip.end());
    },
    take() {
      const taken = unzipped;
      unzipped = [];
      return taken;
    },
    throwIfFailed() {
      if (failure !== undefined) throw failure;
    },
    close: () => gunzip.destroy(),
  };
};
