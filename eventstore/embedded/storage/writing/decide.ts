import { type ExpectedRevision, TOMBSTONE_REVISION } from '../types.ts';
import type { StreamHead } from './heads.ts';
import type { Written } from './recent-ids.ts';

/** What is known when an append is decided. */
export type DecideInput = {
  head: StreamHead;
  /** The head of the stream's metadata stream; needed only for `stream_exists`. */
  metaHead: StreamHead | undefined;
  expected: ExpectedRevision;
  ids: readonly Buffer[];
  /** Where an event with this id was written, as far as is remembered. */
  recent(id: Buffer): Written | undefined;
  /** Ids and positions of this stream's events from `expected + 1` on, once looked up. */
  written: readonly { id: Buffer; position: number }[] | undefined;
};

export type Decision =
  | { kind: 'append' }
  /** All of it was written before, ending with this revision and position. */
  | { kind: 'repeated'; revision: number; position: number | undefined }
  | { kind: 'wrong-expected-version'; actual: number }
  | { kind: 'stream-deleted' }
  /** Look up the ids of this many events of the stream from this revision on, and decide again. */
  | { kind: 'look-up'; from: number; count: number };

export const isTombstoned = (head: StreamHead): boolean => head.lastRevision >= TOMBSTONE_REVISION;

/** Softly deleted, and not appended to since. */
export const isSoftlyDeleted = (head: StreamHead): boolean =>
  head.truncateBefore !== undefined && head.truncateBefore >= TOMBSTONE_REVISION;

/**
 * Decides an append by EventStoreDB's rules (its IndexWriter.CheckCommit, as observed from outside):
 * with `any` and `stream_exists`, an append whose ids were all written to this stream is a retry and gets the first
 * result, and a mix of old and new ids is a conflict; with a revision in the past, it is a retry if exactly these
 * ids follow that revision.
 */
export const decideAppend = (input: DecideInput): Decision => {
  const { head, expected, ids } = input;
  if (isTombstoned(head)) return { kind: 'stream-deleted' };
  const conflict: Decision = { kind: 'wrong-expected-version', actual: head.lastRevision };

  if (expected === 'stream_exists') {
    if (isSoftlyDeleted(head)) return { kind: 'stream-deleted' };
    if (head.lastRevision < 0 && (input.metaHead?.lastRevision ?? -1) < 0) return conflict;
  }
  if (expected === 'any' || expected === 'stream_exists') {
    let last: Written | undefined;
    for (const id of ids) {
      const written = input.recent(id);
      if (written?.streamId !== head.id) return last ? conflict : { kind: 'append' };
      last = written;
    }
    return last ? { kind: 'repeated', revision: last.revision, position: last.position } : { kind: 'append' };
  }

  const revision = expected === 'no_stream' ? -1 : Number(expected);
  if (revision > head.lastRevision) return conflict;
  if (revision === head.lastRevision || ids.length === 0) {
    return revision === head.lastRevision || (revision === -1 && isSoftlyDeleted(head)) ? { kind: 'append' } : conflict;
  }

  let position: number | undefined;
  for (const [i, id] of ids.entries()) {
    const at = revision + 1 + i;
    const recent = input.recent(id);
    if (recent?.streamId === head.id && recent.revision === at) {
      position = recent.position;
      continue;
    }
    if (!input.written) return { kind: 'look-up', from: revision + 1, count: ids.length };
    const written = input.written[i];
    if (written?.id.equals(id)) {
      position = written.position;
      continue;
    }
    const begunAgain = i === 0 && revision === -1 && isSoftlyDeleted(head);
    return begunAgain ? { kind: 'append' } : conflict;
  }
  return { kind: 'repeated', revision: revision + ids.length, position };
};
