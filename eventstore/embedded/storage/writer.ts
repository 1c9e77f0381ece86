import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { decodeRecordedEvent, readEventParts } from '../wire/frames.ts';
import { ProtoReader } from '../wire/protobuf.ts';
import { uuidFromString } from '../wire/uuid.ts';
import { type Decision, decideAppend, isSoftlyDeleted } from './decide.ts';
import { StorageUnavailableError } from './errors.ts';
import { addToGroup, type Group, type GroupEvent, newGroup } from './group.ts';
import type { Heads, StreamHead } from './heads.ts';
import { insertStatement } from './insert-statement.ts';
import type { RecentIds } from './recent-ids.ts';
import {
  isMetastream,
  METADATA_TYPE,
  metastreamOf,
  originalOf,
  parseLimits,
  TOMBSTONE_TYPE,
  withTruncateBefore,
} from './stream-metadata.ts';
import {
  type AppendCommand,
  type AppendResult,
  type DeleteCommand,
  type Position,
  TOMBSTONE_REVISION,
} from './types.ts';
import type { WriterConnection } from './writer-connection.ts';

// What one transaction takes at most. Larger groups were no faster, and make everybody in them wait longer.
const maxGroupBytes = 4 * 1024 * 1024;
const maxGroupEvents = 4096;

const json = 'application/json';
const none = Buffer.alloc(0);
const newId = () => uuidFromString(randomUUID())!;

type Options = {
  pool: Pool;
  /** The schema as an SQL identifier. */
  schema: string;
  connection: WriterConnection;
  heads: Heads;
  recentIds: RecentIds;
  /** Called with each group once it is committed, before those who wait for it are answered. */
  onCommitted(group: Group): void;
};

/**
 * The only writer of its schema. Every append is decided at once, against stream heads in memory that already include what
 * was decided before it, and joins the open group. Whenever the connection is free the open group becomes one transaction;
 * its appends are answered when that is committed. So under load many appends share a commit, and without load
 * one does not wait. If a transaction fails, nothing in it nor after it is acknowledged, and the heads are loaded anew.
 */
export const createWriter = ({ pool, schema, connection, heads, recentIds, onCommitted }: Options) => {
  let open: Group = newGroup(1);
  let committing = false;
  /** Those who wait for room in the open group, first come first served. */
  const roomWanted: (() => void)[] = [];
  /** By stream, the last command that has to wait for something; those after it wait for their turn. */
  const turns = new Map<string, Promise<void>>();

  const isFull = () => open.size >= maxGroupBytes || open.ends.length >= maxGroupEvents;

  const letIn = () => {
    if (!isFull()) roomWanted.shift()?.();
  };

  const fail = (group: Group, error: Error): void => {
    for (const waiting of group.waiting) waiting.reject(error);
  };

  const commitOpenGroups = async (): Promise<void> => {
    while (open.waiting.length > 0) {
      const group = open;
      open = newGroup(group.first + group.ends.length);
      letIn();
      try {
        if (group.ends.length > 0) await connection.write(insertStatement(group, schema));
      } catch (error) {
        // `connection` has already begun to recover, and will call `reset` when it knows what was committed.
        const unavailable = new StorageUnavailableError(
          `the append could not be committed: ${(error as Error).message}`,
        );
        fail(group, unavailable);
        fail(open, unavailable);
        open = newGroup(open.first);
        continue;
      }
      if (group.ends.length > 0) {
        onCommitted(group);
        heads.forgetOldest(group.first + group.ends.length - 1);
      }
      for (const waiting of group.waiting) waiting.resolve(waiting.result);
    }
    committing = false;
  };

  /** The answer, once the open group (with all that was decided before) is committed. */
  const answerWithGroup = (result: AppendResult): Promise<AppendResult> =>
    new Promise((resolve, reject) => {
      open.waiting.push({ result, resolve, reject });
      if (committing) return;
      committing = true;
      // Not at once: what else arrived with this turn of the event loop shares the transaction.
      setImmediate(commitOpenGroups);
    });

  const addEvent = (head: StreamHead, typeName: string, revision: number, event: GroupEvent): Position => {
    const position = addToGroup(open, head, { name: typeName, known: heads.type(typeName)! }, revision, event);
    recentIds.add(event.id, head.id, revision, position);
    return position;
  };

  /** Applies a `$metadata` event to the stream it is about. */
  const applyMetadata = (original: StreamHead, data: Buffer, position: Position): void => {
    Object.assign(original, parseLimits(data));
    original.metadata = Buffer.from(data);
    original.decidedAt = position;
    if (original.recorded) open.changedLimits.add(original);
    else open.newStreams.add(original);
    original.recorded = true;
  };

  const writeMetadata = (metaHead: StreamHead, original: StreamHead, data: Buffer): Position => {
    const event = { id: newId(), contentType: json, data, metadata: none };
    const position = addEvent(metaHead, METADATA_TYPE, metaHead.lastRevision + 1, event);
    applyMetadata(original, data, position);
    return position;
  };

  const lookUpIds = async (streamId: number, from: number, count: number) => {
    const { rows } = await pool.query<{ id: string; position: string }>({
      name: 'ids',
      text: `SELECT event_id AS id, position FROM ${schema}.events
             WHERE stream_id = $1 AND revision >= $2 AND revision < $3 ORDER BY revision`,
      values: [streamId, from, from + count],
    });
    return rows.map((row) => ({ id: uuidFromString(row.id)!, position: Number(row.position) }));
  };

  const lastMetadata = async (metaStreamId: number): Promise<Buffer | undefined> => {
    const { rows } = await pool.query<{ frame: Buffer }>({
      text: `SELECT frame FROM ${schema}.events WHERE stream_id = $1 ORDER BY revision DESC LIMIT 1`,
      values: [metaStreamId],
    });
    if (!rows[0]) return undefined;
    const parts = readEventParts(rows[0].frame, 5, rows[0].frame.length);
    return decodeRecordedEvent(new ProtoReader(parts.event!)).data;
  };

  /** Loads what of these is not in memory. */
  const ensureLoaded = async (streams: readonly string[], types: readonly string[]): Promise<void> => {
    const missingTypes = [...new Set(types.filter((type) => !heads.type(type)))];
    const missing = streams.filter((stream) => !heads.get(stream));
    await Promise.all([
      missing.length > 0 ? heads.load(missing) : undefined,
      missingTypes.length > 0 ? heads.loadTypes(missingTypes) : undefined,
    ]);
  };
  const isLoaded = (streams: readonly string[], types: readonly string[]) =>
    streams.every((stream) => heads.get(stream)) && types.every((type) => heads.type(type));

  const requireWritable = () => {
    if (!connection.isReady())
      throw new StorageUnavailableError('the connection to PostgreSQL is down; trying to reconnect');
  };

  /**
   * Calls `decide` when the open group has room and everything it needs is in memory: what it then decides is decided in one
   * go, without anything else coming between. Commands on one stream keep the order in which they came, also when
   * some have to wait and others would not.
   */
  const whenLoaded = async <T>(
    stream: string,
    needs: { streams: readonly string[]; types: readonly string[] },
    decide: () => Promise<T>,
  ): Promise<T> => {
    const { streams, types } = needs;
    requireWritable();
    const before = turns.get(stream);
    if (!before && !isFull() && roomWanted.length === 0 && isLoaded(streams, types)) return decide();
    let leave = () => {};
    const turn = new Promise<void>((resolve) => {
      leave = resolve;
    });
    turns.set(stream, turn);
    try {
      await before;
      if (isFull() || roomWanted.length > 0) await new Promise<void>((resolve) => roomWanted.push(resolve));
      requireWritable();
      while (!isLoaded(streams, types)) {
        await ensureLoaded(streams, types);
        requireWritable();
      }
      // Not awaited: it has decided when it returns, and the turn is the next one's.
      return decide();
    } finally {
      if (turns.get(stream) === turn) turns.delete(stream);
      leave();
      letIn();
    }
  };

  const answerOf = (decision: Exclude<Decision, { kind: 'append' | 'look-up' }>): Promise<AppendResult> => {
    if (decision.kind === 'repeated') {
      return answerWithGroup({ kind: 'success', revision: decision.revision, position: decision.position });
    }
    return answerWithGroup(decision);
  };

  const isLate = (command: { deadline?: number | undefined; abandoned?: (() => boolean) | undefined }) =>
    (command.deadline !== undefined && Date.now() >= command.deadline) || command.abandoned?.() === true;

  const append = async (
    command: AppendCommand,
    written?: readonly { id: Buffer; position: number }[],
    metadata?: { data: Buffer | undefined },
  ): Promise<AppendResult> => {
    const { stream, events } = command;
    const known = heads.get(stream);
    const needsMeta = command.expected === 'stream_exists' || (known !== undefined && isSoftlyDeleted(known));
    const streams = [stream];
    if (needsMeta) streams.push(metastreamOf(stream));
    const changesMetadata = isMetastream(stream) && events.some((event) => event.type === METADATA_TYPE);
    if (changesMetadata) streams.push(originalOf(stream));
    const types = events.map((event) => event.type);
    if (needsMeta) types.push(METADATA_TYPE);

    return whenLoaded(stream, { streams, types }, async () => {
      if (isLate(command)) return { kind: 'timeout' };
      const head = heads.get(stream)!;
      const metaHead = heads.get(metastreamOf(stream));
      // Only now is it known that the stream was softly deleted: its metadata stream must be loaded as well.
      if (isSoftlyDeleted(head) && !needsMeta) return append(command, written, metadata);
      const ids = events.map((event) => event.id);
      const decision = decideAppend({
        head,
        metaHead,
        expected: command.expected,
        ids,
        recent: recentIds.get,
        written,
      });
      if (decision.kind === 'look-up') {
        return append(command, await lookUpIds(head.id, decision.from, decision.count), metadata);
      }
      if (decision.kind !== 'append') return answerOf(decision);
      if (events.length === 0) {
        return answerWithGroup({ kind: 'success', revision: head.lastRevision, position: undefined });
      }
      if (isSoftlyDeleted(head)) {
        // What was decided in this process is in memory; what was there before it has to be read.
        if (!head.metadata && !metadata) return append(command, written, { data: await lastMetadata(metaHead!.id) });
        const current = head.metadata ?? metadata?.data;
        writeMetadata(metaHead!, head, withTruncateBefore(current, head.lastRevision + 1));
      }
      let position = 0;
      for (const event of events) {
        position = addEvent(head, event.type, head.lastRevision + 1, event);
        if (changesMetadata && event.type === METADATA_TYPE)
          applyMetadata(heads.get(originalOf(stream))!, event.data, position);
      }
      return answerWithGroup({ kind: 'success', revision: head.lastRevision, position });
    });
  };

  const remove = (
    command: DeleteCommand,
    written?: readonly { id: Buffer; position: number }[],
  ): Promise<AppendResult> => {
    const { stream } = command;
    const streams = [stream, metastreamOf(stream)];
    return whenLoaded(stream, { streams, types: [METADATA_TYPE, TOMBSTONE_TYPE] }, async () => {
      if (isLate(command)) return { kind: 'timeout' };
      const head = heads.get(stream)!;
      const metaHead = heads.get(metastreamOf(stream))!;
      const id = newId();
      const recent = () => undefined;
      const decision = decideAppend({ head, metaHead, expected: command.expected, ids: [id], recent, written });
      if (decision.kind === 'look-up') return remove(command, []);
      if (decision.kind !== 'append') return answerOf(decision);
      if (command.how === 'tombstone') {
        const event = { id, contentType: 'application/octet-stream', data: none, metadata: none };
        const position = addEvent(head, TOMBSTONE_TYPE, TOMBSTONE_REVISION, event);
        return answerWithGroup({ kind: 'success', revision: TOMBSTONE_REVISION, position });
      }
      if (head.lastRevision < 0 && metaHead.lastRevision < 0) {
        return answerWithGroup({ kind: 'wrong-expected-version', actual: -1 });
      }
      const position = writeMetadata(metaHead, head, withTruncateBefore(undefined, TOMBSTONE_REVISION));
      return answerWithGroup({ kind: 'success', revision: head.lastRevision, position });
    });
  };

  return {
    append: (command: AppendCommand) => append(command),
    delete: (command: DeleteCommand) => remove(command),
    /** Begins anew after the last committed position. */
    reset(head: Position) {
      fail(open, new StorageUnavailableError('the connection to PostgreSQL was lost'));
      open = newGroup(head + 1);
      for (const resume of roomWanted.splice(0)) resume();
    },
  };
};
