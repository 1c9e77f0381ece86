type Chunks = AsyncIterable<Buffer>;

/**
 * A text file as UTF-8: one in UTF-16 (PowerShell's `>` writes that, with a byte order mark) is decoded on the way. Everything
 * after this counts bytes of the text in UTF-8.
 */
export async function* asUtf8(chunks: Chunks): AsyncGenerator<Buffer, void, undefined> {
  let first: Buffer = Buffer.alloc(0);
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let isKnown = false;
  for await (const chunk of chunks) {
    let some = chunk;
    if (!isKnown) {
      first = first.length === 0 ? chunk : Buffer.concat([first, chunk]);
      if (first.length < 4) continue;
      const encoding = utf16In(first);
      decoder = encoding === undefined ? undefined : new TextDecoder(encoding);
      [some, isKnown] = [first, true];
    }
    yield decoder === undefined ? some : Buffer.from(decoder.decode(some, { stream: true }));
  }
  if (!isKnown && first.length > 0) yield first;
  const rest = decoder?.decode() ?? '';
  if (rest !== '') yield Buffer.from(rest);
}

/** By the byte order mark; without one, by the zero bytes of the first two characters, which are ASCII in JSON. */
const utf16In = (bytes: Buffer): 'utf-16le' | 'utf-16be' | undefined => {
  const mark = bytes.readUInt16BE(0);
  const zeros = [0, 1, 2, 3].map((at) => (bytes[at] === 0 ? '0' : 'x')).join('');
  if (mark === 0xfffe || zeros === 'x0x0') return 'utf-16le';
  if (mark === 0xfeff || zeros === '0x0x') return 'utf-16be';
  return undefined;
};
