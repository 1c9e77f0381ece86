import { type Bounds, eachFrame, streamName } from '../../wire/frames.ts';

/**
 * The frames of events in streams whose names begin with one of these, in the same order. Their bytes decide, without
 * decoding them.
 */
export const keepStreams = (frames: Buffer, prefixes: readonly Buffer[]): { frames: Buffer; count: number } => {
  const parts: Buffer[] = [];
  let count = 0;
  /** Where the present run of frames to keep began; -1: there is none. */
  let run = -1;
  eachFrame(frames, (start) => {
    const name = streamName(frames, start);
    if (prefixes.some((prefix) => beginsWith(frames, name, prefix))) {
      count++;
      if (run < 0) run = start - frameHeader;
    } else if (run >= 0) {
      parts.push(frames.subarray(run, start - frameHeader));
      run = -1;
    }
  });
  if (run >= 0) parts.push(frames.subarray(run));
  return { frames: parts.length === 1 ? parts[0]! : Buffer.concat(parts), count };
};

const frameHeader = 5;

const beginsWith = (frames: Buffer, { start, end }: Bounds, prefix: Buffer): boolean => {
  if (prefix.length > end - start) return false;
  for (let index = 0; index < prefix.length; index++) if (frames[start + index] !== prefix[index]) return false;
  return true;
};
