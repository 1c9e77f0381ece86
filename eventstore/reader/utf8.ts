/**
 * Decodes UTF-8 with the function that `Buffer.toString` calls, without the checks of encoding and bounds, which took
 * longer than decoding a short text. It has always been part of node:buffer, but is not documented.
 */
export const utf8 = (buffer: Buffer, start: number, end: number): string =>
  (buffer as Buffer & { utf8Slice(start: number, end: number): string }).utf8Slice(start, end);
