import streams from '@eventstore/db-client/generated/streams_pb.js';
import { eachFrame, frameMessage, framePosition } from '../../wire/frames.ts';

const checkpoint = (position: number): Buffer => {
  const reached = new streams.ReadResp.Checkpoint();
  reached.setCommitPosition(String(position));
  reached.setPreparePosition(String(position));
  const response = new streams.ReadResp();
  response.setCheckpoint(reached);
  return frameMessage(response.serializeBinary());
};

/**
 * Inserts checkpoints into the pages of a filtered subscription: one after every `every` positions considered, placed after
 * all events before it and before those after it, so that it never runs ahead of what was sent.
 */
export const createCheckpoints = (every: number) => {
  let left = every;
  /** `frames` are the matching events of the positions from `from` to `last`; pages follow one another without gaps. */
  return (frames: Buffer, from: number, last: number): Buffer => {
    let due = from + left - 1;
    left = due - last;
    if (left > 0) return frames;
    const parts: Buffer[] = [];
    let sent = 0;
    eachFrame(frames, (start, end) => {
      for (const position = framePosition(frames, end); due < position; due += every) {
        parts.push(frames.subarray(sent, start - 5), checkpoint(due));
        sent = start - 5;
      }
    });
    parts.push(frames.subarray(sent));
    for (; due <= last; due += every) parts.push(checkpoint(due));
    left = due - last;
    return Buffer.concat(parts);
  };
};
