/**
 * Text from UTF-8. What `Buffer.toString` calls, without its checks of encoding and bounds, which took longer than short texts
 * do; node:buffer has had it since its beginnings, but does not document it.
 */
export const utf8 = (buffer: Buffer, start: number, end: number): string =>
  (buffer as Buffer & { utf8Slice(start: number, end: number): string }).utf8Slice(start, end);
