import { isReadable, type StoredEvent, type UnreadableEvent } from '../../eventstore/stored-event.ts';
import { userError } from '../../platform/errors.ts';
import { type ProjectionEntry, projectionEntries } from '../registry.ts';
import { insertParked, isDataError, liveWrite, writeRows } from './apply.ts';
import { type Build, findBuild } from './builds.ts';
import { chooseBuilds } from './choose.ts';
import { type ProjectionCode, readCode } from './code.ts';
import { type Database, execute, query } from './database.ts';
import type { EngineDeps } from './feed.ts';
import { foldEvents, noRows, type ParkCause } from './fold.ts';
import { holdingLeases, LeaseLost, takeLease } from './lease.ts';
import { loadRows, type Member, openMember } from './member.ts';
import { openSandbox } from './sandbox.ts';
import { holderName, liveApply } from './settings.ts';
import { expectedShape } from './tables.ts';

export type Parked = {
  readonly name: string;
  readonly schema: string;
  readonly stream: string;
  readonly revision: string;
  readonly position: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly cause: ParkCause;
  readonly message: string;
  readonly parkedAt: Date;
  /** Later events of the same record that wait behind this one. */
  readonly following: number;
};

/**
 * What is parked, of one projection or of all: the event each record is stuck at, and how many wait behind it.
 * @throws UserError when there is no such projection
 */
export const listParked = async (db: Database, name?: string): Promise<Parked[]> => {
  if (name !== undefined) await chooseBuilds(db, name);
  return await query<Parked>(
    db,
    `select name, schema_name as schema, stream_name as stream, revision, commit_position as position,
       event_id as "eventId", event_type as "eventType", cause, message, parked_at as "parkedAt", following::int
     from (
       select p.*, b.name, b.schema_name,
         count(*) over record - 1 as following, row_number() over (record order by p.revision) as place
       from ops.projection_parked p join ops.projection_build b on b.id = p.build_id
       where $1::text is null or b.name = $1
       window record as (partition by p.build_id, p.stream_name)
     ) p
     where place = 1 order by name, schema_name, commit_position`,
    [name ?? null],
  );
};

export type Retried = {
  readonly schema: string;
  /** Records tried, and events of theirs that are applied now. */
  readonly records: number;
  readonly applied: number;
  /** Events that are parked still, or again. */
  readonly stillParked: number;
};

export type RetryOptions = {
  /** Only this record: its stream's name, or its key. */
  readonly record?: string;
  readonly entries?: readonly ProjectionEntry[];
};

/**
 * Applies parked events, with the code that is on disk now if it has the same tables: from then on the build is made by it. Each
 * record is taken up where it was stopped, so the rows are those that a clean run of this code would have given it.
 * The live build and the candidate are retried; whoever feeds them pauses meanwhile.
 *
 * @throws UserError when the mended code has other tables: then only a rebuild will do
 */
export const retryParked = async (deps: EngineDeps, name: string, options: RetryOptions = {}): Promise<Retried[]> => {
  const { live, candidate } = await chooseBuilds(deps.db, name);
  const codes = readCode(options.entries ?? projectionEntries);
  const code = codes.find(({ projection }) => projection.name === name);
  const retried: Retried[] = [];
  for (const build of [live, candidate]) {
    if (build === undefined) continue;
    const streams = await parkedStreams(deps.db, build, options.record);
    if (streams.length === 0) continue;
    if (code !== undefined) checkTables(build, code);
    // Whoever feeds it notices at its next batch that it does not any more, and takes it up again when we are done.
    const lease = await takeLease(deps.db, build.id, holderName('retry'), { force: true });
    if (lease === null) continue;
    retried.push(
      await holdingLeases(deps.db, [lease], async () => {
        if (code !== undefined) await adoptCode(deps.db, build, code);
        const member = await openMember(deps.db, (await findBuild(deps.db, build.id))!, lease);
        return await retryStreams(deps, member, streams);
      }),
    );
  }
  return retried;
};

type ParkedStream = { readonly stream: string; readonly from: bigint; readonly to: bigint };

const parkedStreams = async (db: Database, { id }: Build, record?: string): Promise<ParkedStream[]> => {
  const rows = await query<{ stream_name: string; first: string; last: string }>(
    db,
    `select stream_name, min(revision) as first, max(revision) as last from ops.projection_parked
     where build_id = $1 and ($2::text is null or stream_name = $2 or stream_name like '%-' || $2)
     group by stream_name order by min(commit_position)`,
    [id, record ?? null],
  );
  return rows.map(({ stream_name, first, last }) => ({ stream: stream_name, from: BigInt(first), to: BigInt(last) }));
};

const checkTables = (build: Build, code: ProjectionCode): void => {
  const before = expectedShape(openSandbox(build.code).projection);
  const after = expectedShape(code.projection);
  if (before.length === after.length && before.every((shape, index) => shape === after[index])) return;
  throw userError(`the mended ${build.name} has other tables than ${build.schema}`, {
    code: 'retry-tables-differ',
    hint: `Build them anew: openhouse projections rebuild ${build.name}`,
  });
};

const adoptCode = async (db: Database, { id }: Build, { source, hash }: ProjectionCode): Promise<void> => {
  await execute(db, 'update ops.projection_build set code = $2, code_hash = $3 where id = $1 and code_hash <> $3', [
    id,
    source,
    hash,
  ]);
};

const retryStreams = async (deps: EngineDeps, member: Member, streams: readonly ParkedStream[]): Promise<Retried> => {
  let applied = 0;
  let stillParked = 0;
  for (const stream of streams) {
    const events = await eventsOf(deps, member, stream);
    try {
      const result = await retryStream(deps.db, member, stream.stream, events);
      applied += result.applied;
      stillParked += result.parked;
    } catch (error) {
      // The database still does not like the row: the record stays as it was.
      if (!isDataError(error)) throw error;
      stillParked += events.length;
    }
  }
  return { schema: member.build.schema, records: streams.length, applied, stillParked };
};

const eventsOf = async ({ store }: EngineDeps, member: Member, { stream, from, to }: ParkedStream) => {
  const events: (StoredEvent | UnreadableEvent)[] = [];
  for await (const event of store.readStream(stream, from)) {
    if (event.revision > to) break;
    if (member.concerns(event)) events.push(event);
  }
  return events;
};

const retryStream = async (
  db: Database,
  member: Member,
  stream: string,
  events: readonly (StoredEvent | UnreadableEvent)[],
): Promise<{ applied: number; parked: number }> => {
  const changed = noRows(member.sandbox.projection);
  for (const known of member.rows.values()) known.clear();
  await loadRows(db, member, events.filter(isReadable));
  const { parked, handled } = foldEvents(
    member.sandbox,
    events,
    member.rows,
    changed,
    new Set(),
    liveApply.handlerLimitMs,
  );
  await liveWrite(db, async (trx) => {
    await query(trx, 'delete from ops.projection_parked where build_id = $1 and stream_name = $2', [
      member.build.id,
      stream,
    ]);
    await writeRows(trx, member, changed);
    if (parked.length > 0) await insertParked(trx, member, parked);
    const held = await execute(
      trx,
      'update ops.projection_build set events = events + $3 where id = $1 and lease_token = $2',
      [member.build.id, member.lease.token, handled],
    );
    if (held === 0) throw new LeaseLost(`${member.build.schema} is fed by somebody else now`);
  });
  return { applied: handled, parked: parked.length };
};
