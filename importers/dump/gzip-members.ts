import { createGunzip, type Gunzip } from 'node:zlib';

/** Bytes after the last gzip member that are neither padding nor another member. */
export const trailingBytes = 'GZIP_TRAILING_BYTES';

const firstByteOfGzip = 0x1f;

/**
 * When zlib fails, it drops what it had unzipped of that piece, so the last pieces before an error are read again in
 * smaller ones.
 */
const pieceSizes = [Number.POSITIVE_INFINITY, 256, 1];

/**
 * The content of a gzip file in chunks: all its members, including those after padding (`tar` and tapes pad with zeros,
 * at which Node's own gunzip silently stops). Everything that can be unzipped before an error is yielded before the
 * error is thrown, to the last byte.
 *
 * @param open reads the file from its beginning; called again after an error
 * @throws Error with zlib's code (`Z_BUF_ERROR` if the file is cut short), or `trailingBytes`
 */
export async function* gunzipMembers(open: () => AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let yielded = 0;
  let careful = Number.POSITIVE_INFINITY;
  for (const pieceSize of pieceSizes) {
    let known = yielded;
    try {
      for await (const chunk of members(open(), { careful, pieceSize })) {
        const fresh = chunk.subarray(Math.min(known, chunk.length));
        known -= chunk.length - fresh.length;
        yielded += fresh.length;
        if (fresh.length > 0) yield fresh;
      }
      return;
    } catch (error) {
      if (!(error instanceof FailedPiece)) throw error;
      if (pieceSize === 1) throw error.cause;
      careful = error.offset;
    }
  }
}

/** zlib failed within the piece that starts at this byte of the gzip file. */
class FailedPiece extends Error {
  readonly offset: number;
  constructor(offset: number, cause: Error) {
    super(cause.message, { cause });
    this.offset = offset;
  }
}

type Reading = {
  /** From this byte of the gzip file on, it is unzipped in pieces of `pieceSize`. */
  readonly careful: number;
  readonly pieceSize: number;
};

async function* members(
  source: AsyncIterable<Buffer>,
  { careful, pieceSize }: Reading,
): AsyncGenerator<Buffer, void, undefined> {
  let member: Member | undefined;
  let members = 0;
  let offset = 0;
  try {
    for await (const chunk of source) {
      let rest: Buffer = chunk;
      while (rest.length > 0) {
        if (member === undefined) {
          const padded = rest.length;
          rest = withoutPadding(rest);
          offset += padded - rest.length;
          if (rest.length === 0) break;
          // If it is the first one, zlib reports the error itself.
          if (members > 0 && rest[0] !== firstByteOfGzip) throw trailing();
          member = openMember();
          members++;
        }
        const size = offset < careful ? Math.min(rest.length, careful - offset) : Math.min(rest.length, pieceSize);
        const left = await member.write(rest.subarray(0, size));
        yield* member.take();
        const failure = member.failure();
        if (failure !== undefined) throw new FailedPiece(offset, failure);
        if (left.length > 0) member = undefined;
        offset += size - left.length;
        rest = rest.subarray(size - left.length);
      }
    }
    if (member === undefined && members > 0) return;
    member ??= openMember();
    await member.end();
    yield* member.take();
    const failure = member.failure();
    if (failure !== undefined) throw failure;
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
  failure(): Error | undefined;
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
    failure: () => failure,
    close: () => gunzip.destroy(),
  };
};
