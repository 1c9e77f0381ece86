import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';

/** A document as it was in its source. */
export type Original = {
  readonly legacyId: string;
  readonly place: string;
  readonly bytes: Uint8Array;
  /** Its hash in the source, if `bytes` are not those of the source (see `Kept`). */
  readonly contentHash?: string | undefined;
};

/** Originals that are stored together, compressed. */
export type Block = { readonly content: Buffer; readonly documents: number; readonly size: number };

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/** At this quality Brotli takes half the time of gzip's fastest level, and less space. */
const params = { [constants.BROTLI_PARAM_QUALITY]: 1 };

/** Each document is written as two lengths, then what identifies it (JSON) and its bytes. */
export const encodeBlock = async (originals: readonly Original[]): Promise<Block> => {
  if (originals.length === 0) return { content: Buffer.alloc(0), documents: 0, size: 0 };
  const parts: Uint8Array[] = [];
  for (const { legacyId, place, bytes, contentHash } of originals) {
    const head = Buffer.from(
      JSON.stringify(contentHash === undefined ? [legacyId, place] : [legacyId, place, contentHash]),
    );
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(head.length, 0);
    lengths.writeUInt32LE(bytes.length, 4);
    parts.push(lengths, head, bytes);
  }
  const whole = Buffer.concat(parts);
  return { content: await compress(whole, { params }), documents: originals.length, size: whole.length };
};

export const decodeBlock = async (content: Uint8Array): Promise<Original[]> => {
  if (content.length === 0) return [];
  const whole = await decompress(content);
  const originals: Original[] = [];
  for (let at = 0; at < whole.length; ) {
    const [head, body] = [at + 8 + whole.readUInt32LE(at), whole.readUInt32LE(at + 4)];
    const [legacyId, place, contentHash] = JSON.parse(whole.toString('utf8', at + 8, head)) as [
      string,
      string,
      string?,
    ];
    originals.push({ legacyId, place, contentHash, bytes: whole.subarray(head, head + body) });
    at = head + body;
  }
  return originals;
};
