import type { Pool } from 'pg';
import { decodeRecordedEvent, readEventParts } from '../../wire/frames.ts';
import { ProtoReader } from '../../wire/protobuf.ts';
import { uuidFromString } from '../../wire/uuid.ts';
import { StorageUnavailableError } from '../errors.ts';
import type { AppendResult, Position } from '../types.ts';
import { createCommands } from './commands.ts';
import { type Group, newGroup } from './group.ts';
import type { Heads } from './heads.ts';
import { insertStatement } from './insert-statement.ts';
import type { RecentIds } from './recent-ids.ts';
import type { WriterConnection } from './writer-connection.ts';

// The limits of one transaction. Larger groups were no faster, and make everyone in them wait longer.
const maxGroupBytes = 4 * 1024 * 1024;
const maxGroupEvents = 4096;

type Options = {
  pool: Pool;
  /** The schema as an SQL identifier. */
  schema: string;
  connection: WriterConnection;
  heads: Heads;
  recentIds: RecentIds;
  /** Called with each group once it is committed, before its callers get their results. */
  onCommitted(group: Group): void;
};

/**
 * The only writer of its schema. Every append is decided at once, against stream heads in memory that already include
 * earlier decisions, and joins the open group. Whenever the connection is free, the open group becomes one transaction;
 * its appends are answered when that is committed. So under load many appends share a commit, and without load
 * none has to wait. If a transaction fails, nothing in it or after it is acknowledged, and the heads are reloaded.
 */
export const createWriter = ({ pool, schema, connection, heads, recentIds, onCommitted }: Options) => {
  let open: Group = newGroup(1);
  let committing = false;
  /** Callers waiting for room in the open group, first come first served. */
  const roomWanted: (() => void)[] = [];
  /** The last command of each stream that has to wait for something; later ones queue behind it. */
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
        // `connection` is already recovering, and will call `reset` when it knows what was committed.
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

  /** Returns the result once the open group (with everything decided before) is committed. */
  const answerWithGroup = (result: AppendResult): Promise<AppendResult> =>
    new Promise((resolve, reject) => {
      open.waiting.push({ result, resolve, reject });
      if (committing) return;
      committing = true;
      // Deferred: everything that arrives in this turn of the event loop shares the transaction.
      setImmediate(commitOpenGroups);
    });

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

  /** Loads those that are not in memory. */
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
    if (!connection.isReady()) throw new StorageUnavailableError('the connection to PostgreSQL is down; reconnecting');
  };

  /**
   * Calls `decide` when the open group has room and everything it needs is in memory; it then decides synchronously, so
   * that nothing can come between. Commands on one stream keep their order, even when some have to wait and others would
   * not.
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
      // Not awaited: it has decided when it returns, and the next command can take its turn.
      return decide();
    } finally {
      if (turns.get(stream) === turn) turns.delete(stream);
      leave();
      letIn();
    }
  };

  const commands = createCommands({
    heads,
    recentIds,
    openGroup: () => open,
    answerWithGroup,
    whenLoaded,
    lookUpIds,
    lastMetadata,
  });

  return {
    append: commands.append,
    delete: commands.delete,
    /** Starts over after the last committed position. */
    reset(head: Position) {
      fail(open, new StorageUnavailableError('the connection to PostgreSQL was lost'));
      open = newGroup(head + 1);
      for (const resume of roomWanted.splice(0)) resume();
    },
  };
};
