import { randomUUID } from 'node:crypto';
import { uuidFromString } from '../../wire/uuid.ts';
import {
  DELETED_METADATA,
  isMetastream,
  METADATA_TYPE,
  metadataLimits,
  metastreamOf,
  originalOf,
  originalsOf,
  TOMBSTONE_TYPE,
  withTruncateBefore,
} from '../stream-metadata.ts';
import {
  type AppendCommand,
  type AppendResult,
  type DeleteCommand,
  type Position,
  TOMBSTONE_REVISION,
} from '../types.ts';
import { type Decision, decideAppend, isSoftlyDeleted, isTombstoned } from './decide.ts';
import { addToGroup, type Group, type GroupEvent } from './group.ts';
import type { Heads, StreamHead } from './heads.ts';
import type { RecentIds } from './recent-ids.ts';

const json = 'application/json';
const none = Buffer.alloc(0);
const newId = () => uuidFromString(randomUUID())!;

/** Ids and positions of a stream's events after the expected revision. */
export type WrittenIds = readonly { id: Buffer; position: number }[];

type Options = {
  heads: Heads;
  recentIds: RecentIds;
  /** The group that current decisions go into. */
  openGroup(): Group;
  /** Returns the result once that group (with everything decided before) is committed. */
  answerWithGroup(result: AppendResult): Promise<AppendResult>;
  /** Calls `decide` when the group has room and everything it needs is in memory. */
  whenLoaded<T>(
    stream: string,
    needs: { streams: readonly string[]; types: readonly string[] },
    decide: () => Promise<T>,
  ): Promise<T>;
  lookUpIds(streamId: number, from: number, count: number): Promise<WrittenIds>;
  /** The data of the last event of a metadata stream. */
  lastMetadata(metaStreamId: number): Promise<Buffer | undefined>;
};

/** Appends, deletes and tombstones: decides them against the heads, and adds the resulting events to the open group. */
export const createCommands = (options: Options) => {
  const { heads, recentIds, openGroup, answerWithGroup, whenLoaded, lookUpIds, lastMetadata } = options;

  const addEvent = (head: StreamHead, typeName: string, revision: number, event: GroupEvent): Position => {
    const position = addToGroup(openGroup(), head, { name: typeName, known: heads.type(typeName)! }, revision, event);
    recentIds.add(event.id, head.id, revision, position);
    return position;
  };

  /** Applies the last event of a metadata stream to the stream it describes. Metadata streams themselves have no limits. */
  const applyMetadata = (original: StreamHead, event: Pick<GroupEvent, 'contentType' | 'data'>, position: Position) => {
    if (isMetastream(original.name)) return;
    const group = openGroup();
    Object.assign(original, metadataLimits(event.contentType === json, event.data));
    original.metadata = Buffer.from(event.data);
    original.decidedAt = position;
    if (original.recorded) group.changedLimits.add(original);
    else group.newStreams.add(original);
    original.recorded = true;
  };

  const writeMetadata = (metaHead: StreamHead, original: StreamHead, data: Buffer): Position => {
    const event = { id: newId(), contentType: json, data, metadata: none };
    const position = addEvent(metaHead, METADATA_TYPE, metaHead.lastRevision + 1, event);
    applyMetadata(original, event, position);
    return position;
  };

  /** Reopens a softly deleted stream: its metadata stays, except for `$tb`. */
  const undelete = (metaHead: StreamHead, original: StreamHead, metadata: Buffer | undefined, from: number): void => {
    const changed = metadata && withTruncateBefore(metadata, from);
    if (changed) writeMetadata(metaHead, original, changed);
  };

  const answerOf = (decision: Exclude<Decision, { kind: 'append' | 'look-up' }>): Promise<AppendResult> => {
    if (decision.kind === 'repeated') {
      return answerWithGroup({ kind: 'success', revision: decision.revision, position: decision.position });
    }
    return answerWithGroup(decision);
  };

  /** A metadata stream is closed along with its tombstoned stream. */
  const isClosedByOriginal = (stream: string): boolean =>
    originalsOf(stream).some((original) => isTombstoned(heads.get(original)!));

  const isLate = (command: { deadline?: number | undefined; abandoned?: (() => boolean) | undefined }) =>
    (command.deadline !== undefined && Date.now() >= command.deadline) || command.abandoned?.() === true;

  const append = async (
    command: AppendCommand,
    written?: WrittenIds,
    metadata?: { data: Buffer | undefined },
  ): Promise<AppendResult> => {
    const { stream, events } = command;
    const known = heads.get(stream);
    const needsMeta = command.expected === 'stream_exists' || (known !== undefined && isSoftlyDeleted(known));
    const original = isMetastream(stream) ? originalOf(stream) : undefined;
    const streams = [stream, ...originalsOf(stream)];
    if (needsMeta) streams.push(metastreamOf(stream));
    const types = events.map((event) => event.type);
    if (needsMeta || original !== undefined) types.push(METADATA_TYPE);

    return whenLoaded(stream, { streams, types }, async () => {
      if (isLate(command)) return { kind: 'timeout' };
      const head = heads.get(stream)!;
      const metaHead = heads.get(metastreamOf(stream));
      // Only now is it known that the stream was softly deleted, so its metadata stream must be loaded as well.
      if (isSoftlyDeleted(head) && !needsMeta) return append(command, written, metadata);
      if (isClosedByOriginal(stream)) return answerWithGroup({ kind: 'stream-deleted' });
      const ids = events.map((event) => event.id);
      const { expected } = command;
      const decision = decideAppend({ head, metaHead, expected, ids, recent: recentIds.get, written });
      if (decision.kind === 'look-up') {
        return append(command, await lookUpIds(head.id, decision.from, decision.count), metadata);
      }
      if (decision.kind !== 'append') return answerOf(decision);
      const last = events.at(-1);
      if (last === undefined) {
        // As on a real node: the end of the log, since nothing was written.
        const group = openGroup();
        const position = group.first + group.ends.length - 1;
        return answerWithGroup({ kind: 'success', revision: head.lastRevision, position });
      }
      const beginsAgain = isSoftlyDeleted(head);
      // Decisions of this process are in memory; earlier metadata has to be read.
      if (beginsAgain && !head.metadata && !metadata) {
        return append(command, written, { data: await lastMetadata(metaHead!.id) });
      }
      const before = head.lastRevision;
      let position = 0;
      for (const event of events) position = addEvent(head, event.type, head.lastRevision + 1, event);
      const result: AppendResult = { kind: 'success', revision: head.lastRevision, position };
      if (beginsAgain) undelete(metaHead!, head, head.metadata ?? metadata?.data, before + 1);
      if (original !== undefined) {
        const about = heads.get(original)!;
        const wasDeleted = isSoftlyDeleted(about);
        applyMetadata(about, last, position);
        if (wasDeleted) undelete(head, about, last.data, about.lastRevision + 1);
      }
      return answerWithGroup(result);
    });
  };

  const remove = (command: DeleteCommand, written?: WrittenIds): Promise<AppendResult> => {
    const { stream } = command;
    const streams = [stream, metastreamOf(stream), ...originalsOf(stream)];
    return whenLoaded(stream, { streams, types: [METADATA_TYPE, TOMBSTONE_TYPE] }, async () => {
      if (isLate(command)) return { kind: 'timeout' };
      const head = heads.get(stream)!;
      const metaHead = heads.get(metastreamOf(stream))!;
      if (isClosedByOriginal(stream)) return answerWithGroup({ kind: 'stream-deleted' });
      const id = newId();
      const recent = () => undefined;
      const decision = decideAppend({ head, metaHead, expected: command.expected, ids: [id], recent, written });
      if (decision.kind === 'look-up') return remove(command, []);
      if (decision.kind !== 'append') return answerOf(decision);
      if (command.how === 'tombstone') {
        const event = { id, contentType: 'application/octet-stream', data: none, metadata: none };
        const position = addEvent(head, TOMBSTONE_TYPE, TOMBSTONE_REVISION, event);
        // Metadata ends with its stream: the stream it described is treated as if it had none.
        if (isMetastream(stream)) applyMetadata(heads.get(originalOf(stream))!, event, position);
        return answerWithGroup({ kind: 'success', revision: TOMBSTONE_REVISION, position });
      }
      if (head.lastRevision < 0 && metaHead.lastRevision < 0) {
        return answerWithGroup({ kind: 'wrong-expected-version', actual: -1 });
      }
      const position = writeMetadata(metaHead, head, DELETED_METADATA);
      return answerWithGroup({ kind: 'success', revision: head.lastRevision, position });
    });
  };

  return { append: (command: AppendCommand) => append(command), delete: (command: DeleteCommand) => remove(command) };
};
